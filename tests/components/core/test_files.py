# SPDX-License-Identifier: Apache-2.0
"""A replaced file or folder is the old one or the new one, never a part."""

import errno
import os
import socket
from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.core.files import (
    remove_unfinished,
    replace_atomically,
    require_regular_file,
    write_text,
)


def test_file_takes_its_name_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    with replace_atomically(target) as unfinished:
        unfinished.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_folder_takes_the_place_of_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    with replace_atomically(target) as unfinished:
        unfinished.mkdir()
        (unfinished / "new").touch()
    assert [path.name for path in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_failure_leaves_the_old_one_and_nothing_else(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    target.write_text("old")

    def interrupted() -> None:
        with replace_atomically(target) as unfinished:
            unfinished.touch() if kind == "file" else unfinished.mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_unfinished_file_may_lie_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    with replace_atomically(tmp_path / "a" / "b", tmp_path / "scratch") as unfinished:
        unfinished.touch()
        assert unfinished.parent == tmp_path / "scratch"
        assert list((tmp_path / "a").iterdir()) == []
    assert (tmp_path / "a" / "b").exists()


def test_content_reaches_the_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    replace, fsync = os.replace, os.fsync

    def record_fsync(descriptor: int) -> None:
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        calls.append(f"fsync {Path(name).name.rpartition('-')[2]}")
        fsync(descriptor)

    def record_replace(source: Path, target: Path) -> None:
        calls.append(f"rename to {target.name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    write_text(tmp_path / "file", "content")
    assert calls == ["fsync file", "rename to file", f"fsync {tmp_path.name}"]


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".7.part-model").mkdir()
    (tmp_path / ".8.part-file").touch()
    (tmp_path / "model").mkdir()
    remove_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_folder_that_was_moved_away_gets_its_name_back(tmp_path: Path) -> None:
    for name in (".7.part-former-model", ".7.part-model", ".8.part-former-new", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / ".7.part-former-model" / "old").touch()
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "new"]
    assert (tmp_path / "model" / "old").exists()


def test_folder_stays_when_its_successor_cannot_take_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    replace = os.replace

    def refuse_the_successor(source: Path, target: Path) -> None:
        if source.name.endswith("part-folder"):
            raise OSError(errno.ENOSPC, "no space left")
        replace(source, target)

    def write() -> None:
        with replace_atomically(target) as unfinished:
            unfinished.mkdir()
            monkeypatch.setattr(os, "replace", refuse_the_successor)

    with pytest.raises(OSError, match="no space left"):
        write()
    assert [path.name for path in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("fifo", "a pipe"), ("socket", "a socket"), ("folder", "a folder")],
)
def test_what_is_no_regular_file_is_refused_unopened(
    tmp_path: Path, kind: str, name: str
) -> None:
    path = tmp_path / kind
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(os.path.relpath(path))
    (tmp_path / "link").symlink_to(path)
    for given in (path, tmp_path / "link"):
        with pytest.raises(UsageError, match=f"{given.name} is {name}"):
            require_regular_file(given)


def test_regular_files_and_links_to_them_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    require_regular_file(tmp_path / "file")
    require_regular_file(tmp_path / "link")
    with pytest.raises(UsageError, match="is a device"):
        require_regular_file(Path(os.devnull))
    with pytest.raises(FileNotFoundError):
        require_regular_file(tmp_path / "absent")
