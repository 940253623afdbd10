# SPDX-License-Identifier: Apache-2.0
"""Hashes of a file, and of a folder: the names and contents of all its files."""

import hashlib
from collections.abc import Collection
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

    Times, owners, permissions and empty folders do not count, and links count as their
    targets: a copy, or a checkout by DVC, has the hash of the original.

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
    for name, file in sorted(_files(folder, without)):
        # The sizes make the hashed stream of bytes unique for each folder.
        digest.update(b"%d:%s%d:" % (len(name), name, file.stat().st_size))
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _files(folder: Path, without: Collection[str]) -> list[tuple[bytes, Path]]:
    names = ((p.relative_to(folder), p) for p in folder.rglob("*") if p.is_file())
    return [
        (name.as_posix().encode(), path)
        for name, path in names
        if name.parts[0] not in without
    ]
