# SPDX-License-Identifier: Apache-2.0
"""Names of data by content: ours (sha256) and the one DVC gives a folder (md5).

DVC's md5 is an address and ties a model to a DVC version; the check of the bytes is
always sha256, because DVC does not notice a changed file whose mode and time were kept.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path


def file_sha256(path: Path) -> str:
    """sha256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_sha256(folder: Path, files: Iterable[str]) -> str:
    """Name the content of some files of a folder, whatever else lies there.

    Args:
        folder: Where the files lie.
        files: Their names.
    """
    return name_content({name: file_sha256(folder / name) for name in files})


def name_content(checksums: Mapping[str, str]) -> str:
    """Name what files with known checksums amount to.

    It is the sha256 over the lines `<sha256>  <name>`, sorted by name, each ended by a
    line feed: over what `sha256sum` prints for the files.

    Args:
        checksums: File name -> sha256.
    """
    lines = (f"{checksums[name]}  {name}\n" for name in sorted(checksums))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def dvc_directory_md5(folder: Path) -> str:
    """Compute what DVC 3 writes as md5 of a tracked folder, `<md5>.dir`.

    Args:
        folder: The folder; every file below it counts, as for DVC. A `.dvcignore` is
            not looked at.
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
