# SPDX-License-Identifier: Apache-2.0
"""Hash of a folder: the names and contents of all its files."""

import hashlib
from pathlib import Path

BLOCK = 1 << 20


def hash_directory(path: str | Path) -> str:
    """Hash the names and contents of all files below a folder.

    Times, owners, permissions and empty folders do not count, and links count as their
    targets: a copy, or a checkout by DVC, has the hash of the original.

    Args:
        path: The folder.

    Returns:
        SHA-256 in lower-case hex.

    Raises:
        NotADirectoryError: If there is no such folder.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise NotADirectoryError(f"expected a folder to hash.\nReceived {folder}.")
    digest = hashlib.sha256()
    for name, file in sorted(_files(folder)):
        # The sizes make the hashed stream of bytes unique for each folder.
        digest.update(b"%d:%s%d:" % (len(name), name, file.stat().st_size))
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _files(folder: Path) -> list[tuple[bytes, Path]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder).as_posix().encode(), path) for path in found]
