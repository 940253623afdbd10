# SPDX-License-Identifier: Apache-2.0
"""One holder at a time; the others learn who it is."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from components.core.locks import LockHeld, hold_lock


def test_second_one_learns_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"
    with (
        hold_lock(path, "prodl run x"),
        pytest.raises(LockHeld, match=rf"process {os.getpid()} \(prodl run x\)"),
        hold_lock(path, "prodl run y"),
    ):
        pass
    with hold_lock(path, "prodl run z"):
        assert "prodl run z" in path.read_text()


@pytest.mark.parametrize("folder", ["state", "state/below"])
@pytest.mark.parametrize("is_link", [False, True])
def test_folder_that_cannot_be_made_is_an_error(
    tmp_path: Path, folder: str, is_link: bool
) -> None:
    if is_link:
        (tmp_path / "state").symlink_to(tmp_path / "unmounted")
    else:
        (tmp_path / "state").touch()
    with (
        pytest.raises((FileExistsError, NotADirectoryError)),
        hold_lock(tmp_path / folder / "lock", "prodl run x"),
    ):
        pass


@pytest.mark.parametrize("removes_folder", [False, True])
def test_second_one_may_wait(tmp_path: Path, removes_folder: bool) -> None:
    path = tmp_path / "state" / "lock"
    holders, is_waiting = [], Event()

    def on_wait(holder: str) -> None:
        holders.append(holder)
        is_waiting.set()

    def wait() -> bool:
        with hold_lock(path, "second", on_wait):
            return path.exists()

    with ThreadPoolExecutor() as pool:
        with hold_lock(path, "first"):
            second = pool.submit(wait)
            assert is_waiting.wait(60)
            assert not second.done()
            if removes_folder:
                # In one step: the second one makes its file again at any moment.
                shutil.rmtree(path.parent.rename(tmp_path / "removed"))
        assert second.result(60)
    assert holders == [f"process {os.getpid()} (first)"]
