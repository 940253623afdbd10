# SPDX-License-Identifier: Apache-2.0
"""A record is written whole, and a damaged one names its file and the remedy."""

from pathlib import Path

import pytest

from components.core.errors import DamagedFile
from components.core.json_files import read_json, read_json_object, write_json


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "a" / "one.json", {"b": 1, "a": [2]})
    write_json(tmp_path / "a" / "two.json", {"a": [2], "b": 1})
    one, two = sorted((tmp_path / "a").iterdir())
    assert one.read_bytes() == two.read_bytes()
    assert read_json(one, "") == {"a": [2], "b": 1}


def test_no_number_that_json_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"a": 1', b"[" * 100_000, b"[1]"]
)
def test_damaged_file_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(content)
    with pytest.raises(DamagedFile) as refused:
        read_json_object(path, "Run again: prodl run x")
    message = str(refused.value)
    assert message.startswith(f"{path} is damaged: ")
    assert message.endswith("Run again: prodl run x")
    assert len(message) < 500
