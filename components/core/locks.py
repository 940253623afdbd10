# SPDX-License-Identifier: Apache-2.0
"""File locks between processes that name their holder.

The kernel frees a lock when its holder ends, also when it is killed.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout


class LockHeld(Exception):
    """Another process holds a lock; the message describes that process."""


@contextmanager
def hold_lock(
    path: Path,
    command: str,
    on_wait: Callable[[str], None] | None = None,
    patience: float = 0.0,
) -> Iterator[None]:
    """Hold an exclusive lock while the block runs.

    Args:
        path: The lock file; its folder is made if needed. The holder may remove the
            file, or its whole folder, before the block ends.
        command: What holds the lock, for the message to other processes.
        on_wait: Called once with a description of the holder before waiting for it.
            Defaults to None: do not wait.
        patience: Seconds to wait before `on_wait` is called. Defaults to 0.

    Raises:
        LockHeld: Another process holds the lock and `on_wait` is None.
        OSError: The lock file cannot be made or opened.
    """
    lock = FileLock(path)
    is_waiting = False
    while not lock.is_locked:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=-1 if is_waiting else patience)
        except (FileNotFoundError, FileExistsError):
            # The last holder removed the folder meanwhile, or it can never be made.
            if any(_is_in_the_way(folder) for folder in path.parents):
                raise
        except Timeout:
            if on_wait is None:
                raise LockHeld(read_holder(path)) from None
            on_wait(read_holder(path))
            is_waiting = True
    try:
        _write_holder(path, command)
        yield
    finally:
        lock.release()


def _write_holder(path: Path, command: str) -> None:
    # In place: a file that replaced this one would not be locked. It only words a
    # message, so a full disk must not keep `prodl clean` from its lock.
    with suppress(OSError):
        path.write_text(json.dumps({"pid": os.getpid(), "command": command}))


def read_holder(path: Path) -> str:
    """Describe the process that a lock file names, `process 7 (prodl run x)`."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return f"process {record['pid']} ({record['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _is_in_the_way(path: Path) -> bool:
    """Whether a path is no folder, as a file or a link that leads nowhere."""
    return os.path.lexists(path) and not path.is_dir()
