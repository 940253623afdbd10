# SPDX-License-Identifier: Apache-2.0
"""Checksums of raw files: sha256 to verify them, and the md5 that DVC gives a folder.

DVC's md5 is the address of a data version. It does not replace the sha256, because DVC
does not hash a file again whose size and modification time are unchanged.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from components.core.hashing import file_sha256


def files_sha256(folder: Path, names: Iterable[str]) -> str:
    """Compute one sha256 over several files of a folder.

    Args:
        folder: The folder; other files in it do not count.
        names: Names of the files.
    """
    return combine_sha256({name: file_sha256(folder / name) for name in names})


def combine_sha256(checksums: Mapping[str, str]) -> str:
    """Compute the sha256 of several files from the checksum of each.

    It is the sha256 over the lines `<sha256>  <name>`, sorted by name, each ended by a
    line feed: over the output of `sha256sum` for the files.

    Args:
        checksums: File name -> sha256.
    """
    lines = (f"{checksums[name]}  {name}\n" for name in sorted(checksums))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def dvc_directory_md5(folder: Path) -> str:
    """Compute what DVC 3 writes as md5 of a tracked folder, `<md5>.dir`.

    Args:
        folder: The folder; every file below it counts, as for DVC, but without regard
            to a `.dvcignore`.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = [
        {"md5": _file_md5(path), "relpath": path.relative_to(folder).as_posix()}
        for path in paths
    ]
    entries.sort(key=lambda entry: entry["relpath"])
    listing = json.dumps(entries, sort_keys=True).encode()
    return hashlib.md5(listing, usedforsecurity=False).hexdigest() + ".dir"


def _file_md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, _md5).hexdigest()


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)
