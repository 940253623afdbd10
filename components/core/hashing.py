# SPDX-License-Identifier: Apache-2.0
"""Hashes of a file, and of a folder: the names and contents of all its files."""

import hashlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from components.core.files import require_regular_file

BLOCK = 1 << 20


def file_sha256(path: Path) -> str:
    """sha256 of a regular file, read in blocks."""
    require_regular_file(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_directory(path: str | Path, without: Collection[str] = ()) -> str:
    """Hash the names and contents of all files below a folder.

    Times, owners, permissions and empty folders do not count, and links to files count
    as their targets: a copy, or a checkout by DVC, has the hash of the original. A link
    to a folder counts by its name, so that nothing is added unseen.

    Args:
        path: The folder.
        without: Names of files and folders in it that do not count. Defaults to none.

    Returns:
        SHA-256 in lower-case hex.

    Raises:
        NotADirectoryError: If there is no such folder.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise NotADirectoryError(f"expected a folder to hash.\nReceived {folder}.")
    digest = hashlib.sha256()
    for name, path in sorted(_entries(folder, without)):
        if path.is_dir():
            digest.update(b"%d:%slink:" % (len(name), name))
            continue
        # The sizes make the hashed stream of bytes unique for each folder.
        digest.update(b"%d:%s%d:" % (len(name), name, path.stat().st_size))
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _entries(folder: Path, without: Collection[str]) -> Iterator[tuple[bytes, Path]]:
    """The files below a folder, and links to other folders, which are not followed."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if name.parts[0] not in without and (path.is_file() or path.is_symlink()):
            yield os.fsencode(name.as_posix()), path
