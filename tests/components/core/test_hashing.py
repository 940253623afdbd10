# SPDX-License-Identifier: Apache-2.0
"""Whatever is changed, added or moved in a folder changes its hash."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from components.core.hashing import hash_directory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "data").write_bytes(b"weights")
    return folder


def test_copy_has_the_hash_of_the_original(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "empty").mkdir()
    (tmp_path / "copy" / "saved_model.pb").chmod(0o400)
    assert hash_directory(tmp_path / "copy") == hash_directory(folder)


def test_link_to_a_file_counts_as_the_file(folder: Path, tmp_path: Path) -> None:
    before = hash_directory(folder)
    (folder / "saved_model.pb").rename(tmp_path / "elsewhere")
    (folder / "saved_model.pb").symlink_to(tmp_path / "elsewhere")
    assert hash_directory(folder) == before


def _flip(folder: Path) -> None:
    (folder / "variables" / "data").write_bytes(b"weightz")


def _move_bytes(folder: Path) -> None:
    """From the end of one file to the start of the next."""
    (folder / "saved_model.pb").write_bytes(b"grap")
    (folder / "variables" / "data").write_bytes(b"hweights")


def _rename(folder: Path) -> None:
    (folder / "variables" / "data").rename(folder / "variables" / "date")


def _add(folder: Path) -> None:
    (folder / "assets").mkdir()
    (folder / "assets" / "empty").touch()


def _add_odd_name(folder: Path) -> None:
    Path(str(folder), "\udcff").touch()


def _link_folder(folder: Path) -> None:
    (folder / "assets.extra").symlink_to(folder.parent)


def _link_nowhere(folder: Path) -> None:
    (folder / "extra").symlink_to(folder / "absent")


@pytest.mark.parametrize(
    "change", [_flip, _move_bytes, _rename, _add, _add_odd_name, _link_folder]
)
def test_change_is_seen(folder: Path, change: Callable[[Path], None]) -> None:
    before = hash_directory(folder)
    change(folder)
    assert hash_directory(folder) != before


def test_link_that_leads_nowhere_is_no_model(folder: Path) -> None:
    _link_nowhere(folder)
    with pytest.raises(FileNotFoundError):
        hash_directory(folder)


def test_what_is_left_out_does_not_count(folder: Path) -> None:
    before = hash_directory(folder)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "page.html").touch()
    assert hash_directory(folder, without=("evidence",)) == before


def test_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(NotADirectoryError, match="expected a folder to hash"):
        hash_directory(folder / "saved_model.pb")
