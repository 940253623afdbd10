# SPDX-License-Identifier: Apache-2.0
"""Files and folders that a killed process or a power cut leaves old or new, never half.

Everything that outlives a process is written with these functions, JSON by
`components.core.json_files`.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from components.core.errors import UsageError

# Begins the name of an unfinished file after the process id, `.<pid>.part-<name>`.
_PART: Final = "part-"
# Follows for a folder that is moved away before another takes its place.
_FORMER: Final = "former-"
_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@contextmanager
def replace_atomically(target: Path, scratch_dir: Path | None = None) -> Iterator[Path]:
    """Write a file or folder that appears under its name only when it is complete.

    The body of the `with` block makes a file or a folder at the path that it gets. At
    the end of the block that path is written to the disk and renamed to `target`; after
    an exception it is removed and `target` is left as it was. A folder in the place of
    `target` is moved away just before the rename, a file is replaced by it.

    Args:
        target: The final path; its folder is made if needed.
        scratch_dir: Folder for the unfinished file, on the same file system. Defaults
            to the folder of `target`, where the unfinished file has a hidden name.

    Example:
        >>> with replace_atomically(Path("metrics.json")) as unfinished:
        ...     unfinished.write_text("{}")
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = scratch_dir or target.parent
    unfinished = folder / f".{os.getpid()}.{_PART}{target.name}"
    former = folder / f".{os.getpid()}.{_PART}{_FORMER}{target.name}"
    # A killed process of the same id, as they come in containers, may have left both.
    remove(unfinished)
    _give_back(former, target)
    try:
        yield unfinished
        sync(unfinished)
        if target.is_dir():
            os.replace(target, former)
        os.replace(unfinished, target)
        sync_folder(target.parent)
    finally:
        remove(unfinished)
        _give_back(former, target)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, replacing an older file in one step.

    Args:
        path: The file; its folder is made if needed.
        text: Its content.
    """
    with replace_atomically(path) as unfinished:
        # As bytes, because line ends are part of a text.
        unfinished.write_bytes(text.encode())


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; a missing path is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def require_regular_file(path: Path) -> None:
    """Refuse what is no regular file, nor a link to one, without opening it.

    To be called before a path of the user is opened: reading a FIFO never ends, a
    device may do anything.

    Raises:
        FileNotFoundError: There is nothing at the path.
        UsageError: It is something else; the message has what it is.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no ordinary file")
        raise UsageError(f"{path} is {kind}.\nExpected a regular file.")


def remove_in_one_step(path: Path) -> None:
    """Remove a folder that a killed process leaves whole, or as an unfinished one."""
    scratch = path.with_name(f".{os.getpid()}.{_PART}{path.name}")
    os.replace(path, scratch)
    remove(scratch)


def remove_unfinished(folder: Path) -> None:
    """Remove what killed processes left unfinished in a folder.

    A folder that was moved away, but not replaced any more, gets its name back. To be
    called by the only writer of the folder: the holder of its lock.
    """
    for former in folder.glob(f".*.{_PART}{_FORMER}*"):
        _give_back(former, folder / former.name.partition(f".{_PART}{_FORMER}")[2])
    for path in folder.glob(f".*.{_PART}*"):
        remove(path)


def _give_back(former: Path, target: Path) -> None:
    """Undo the first of the two renames if the second did not follow."""
    if former.exists() and not target.exists():
        os.replace(former, target)
    remove(former)


def sync(path: Path) -> None:
    """Write a file, or a folder with all that is below it, to the disk.

    Without it a file system may, after a power cut, know a renamed file's name but
    not its content.
    """
    if path.is_dir():
        for file in path.rglob("*"):
            if file.is_dir():
                sync_folder(file)
            elif file.is_file():
                _sync_file(file)
        sync_folder(path)
    else:
        _sync_file(path)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system has a way to."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network file systems know no fsync of a folder; their servers do it.
        pass
    finally:
        os.close(descriptor)


def _sync_file(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
