# SPDX-License-Identifier: Apache-2.0
"""Source lists: `data/<dataset>/source.yaml`."""

from pathlib import Path

from components.core.errors import ProdlError
from components.core.project import project_root
from components.ingest.source_list import read_source_list
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_yaml

DECLARED = (ProdlError,)
MEMORY_MB = 1000
DATASET = b"dataset: "

mutate = mutate_yaml


def draw_corpus(rng: Rng) -> list[bytes]:
    """The project's own lists, each under the same name."""
    paths = sorted((project_root() / "data").glob("*/source.yaml"))
    return [_renamed(path.read_bytes()) for path in paths]


def run(content: bytes, folder: Path) -> None:
    """Read it, and what it says of each variant."""
    path = folder / "data" / "mnist" / "source.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    sources = read_source_list(folder, "mnist")
    for name in sources.variants:
        sources.files(name)


def _renamed(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(
        b"dataset: mnist\n" if line.startswith(DATASET) else line for line in lines
    )
