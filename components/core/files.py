# SPDX-License-Identifier: Apache-2.0
"""Atomic replacement of a file or folder."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replace_atomically(target: Path, scratch_dir: Path | None = None) -> Iterator[Path]:
    """Write a file or folder that appears under its name only when it is complete.

    The body of the `with` block makes a file or a folder at the path that it gets. At
    the end of the block that path is renamed to `target`; after an exception it is
    removed and `target` is left as it was. A folder in the place of `target` is removed
    just before the rename, a file is replaced by it.

    Args:
        target: The final path; its folder is made if needed.
        scratch_dir: Folder for the unfinished file, on the same file system. Defaults
            to the folder of `target`, where the unfinished file has a hidden name.

    Example:
        >>> with replace_atomically(Path("metrics.json")) as unfinished:
        ...     unfinished.write_text("{}")
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    name = f".{os.getpid()}.part-{target.name}"
    unfinished = (scratch_dir or target.parent) / name
    remove(unfinished)
    try:
        yield unfinished
        if target.is_dir():
            remove(target)
        os.replace(unfinished, target)
    finally:
        remove(unfinished)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; a missing path is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
