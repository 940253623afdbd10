# SPDX-License-Identifier: Apache-2.0
"""What a user offers is recognised by its files."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from components.core.errors import DataRefused
from components.ingest.fetch.offered import list_offered
from pipelines.new_data.modality import find_modality

PICTURES = [f"a/{n}.png" for n in range(40)]
TEXTS = [f"{n}.txt" for n in range(40)]


@pytest.mark.parametrize(
    ("names", "modality"),
    [
        (PICTURES, "photograph"),
        ([*PICTURES, "labels.csv", "README.md"], "photograph"),
        (["birds.csv"], "table"),
        (["birds.tsv.gz", "LICENSE"], "table"),
        (["birds.parquet", "plot.png", "README.md"], "table"),
        (TEXTS, "text"),
        ([*TEXTS, "index.csv"], "text"),
        (["LICENSE"], "text"),
        (["a-images-idx3-ubyte.gz", "a-labels-idx1-ubyte.gz"], "image"),
    ],
)
def test_modality_follows_from_the_files(
    tmp_path: Path, names: Sequence[str], modality: str
) -> None:
    for name in names:
        (tmp_path / "given" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "given" / name).write_text("content")
    assert find_modality(list_offered(tmp_path / "given", tmp_path)) == modality


def test_what_can_be_read_is_said_of_what_cannot(tmp_path: Path) -> None:
    (tmp_path / "movie.mp4").write_bytes(b"\0\0")
    with pytest.raises(DataRefused, match=r"a table as CSV.*\nReceived movie.mp4"):
        find_modality(list_offered(tmp_path / "movie.mp4", tmp_path))
