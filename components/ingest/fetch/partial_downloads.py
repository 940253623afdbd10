# SPDX-License-Identifier: Apache-2.0
"""A folder for unfinished downloads that one process at a time may use.

It lies beside the destination, not in it: the same file system, so renaming is atomic,
yet DVC, which hashes whatever the destination holds, never sees a part.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK = ".lock"
IGNORE = ".gitignore"


@contextmanager
def scratch_folder(destination: Path, report: Callable[[str], None]) -> Iterator[Path]:
    """Hold the scratch folder of a destination, waiting for whoever holds it.

    Parts that a failed download left stay for the next one; an empty folder goes.

    Args:
        destination: Folder that the finished files go to.
        report: Told when it has to wait.
    """
    folder = destination.parent / f".{destination.name}.partial"
    with _locked(folder, report):
        (folder / IGNORE).write_text("*\n")
        try:
            yield folder
        finally:
            _remove_if_empty(folder)


def _remove_if_empty(folder: Path) -> None:
    if {path.name for path in folder.iterdir()} <= {LOCK, IGNORE}:
        (folder / IGNORE).unlink()
        (folder / LOCK).unlink()
        folder.rmdir()


@contextmanager
def _locked(folder: Path, report: Callable[[str], None]) -> Iterator[None]:
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            _wait_for(lock, report)
            # The one before us may have removed the folder with the lock file in it.
            if _is_still_there(folder / LOCK, lock):
                yield
                return


def _wait_for(lock: IO[str], report: Callable[[str], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        report("another fetch of the same files is at work; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _is_still_there(path: Path, lock: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False
