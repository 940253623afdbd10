# SPDX-License-Identifier: Apache-2.0
"""The manifest of files whose checksums are not known beforehand, and expected files.

Generated data, files of a user and Kaggle's downloads have no checksum that a source
list could name. It is recorded in `files.json` beside the archive when the archive is
obtained. DVC versions both, and every later check uses the recorded checksum.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from components.core.errors import DataNotObtainable
from components.core.hashing import file_sha256
from components.core.json_files import read_json_record, write_json
from components.ingest.download_sources import DataFile
from components.ingest.variant import Variant

MANIFEST_FILE: Final = "files.json"


@dataclass(frozen=True)
class Manifest:
    """The recorded files of a variant."""

    origin: str
    """Where they came from, in words, without paths of the machine."""

    files: tuple[DataFile, ...]
    """The files with their checksums."""

    left_out: tuple[str, ...] = ()
    """Files that were offered and not taken, with the reason."""


def expected_files(variant: Variant, folder: Path) -> tuple[DataFile, ...]:
    """Return the files that a folder with a variant must hold.

    Args:
        variant: The variant from the source list.
        folder: Folder of the raw files. It has the manifest, or the one file that is
            present of several alternatives.

    Raises:
        DataNotObtainable: The variant has a manifest, and the folder has none yet.
    """
    if variant.origin != "publisher":
        manifest = read_manifest(folder)
        if manifest is None:
            raise DataNotObtainable(
                f"{folder} holds no data yet: there is no {MANIFEST_FILE} in it.\n"
                f"Get them with `prodl fetch {folder.parent.name}`."
            )
        return manifest.files
    if variant.one_of:
        present = [file for file in variant.files if (folder / file.name).exists()]
        return tuple((present or variant.files)[:1])
    return variant.files


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder, None where there is none."""
    path = folder / MANIFEST_FILE
    if not path.is_file():
        return None
    remedy = (
        f"Get it back: dvc checkout --force {folder}\n"
        f"Or get the data again: prodl fetch {folder.parent.name}"
    )
    return read_json_record(Manifest, path, remedy)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a folder; equal manifests give equal bytes."""
    write_json(folder / MANIFEST_FILE, asdict(manifest))


def describe_file(path: Path) -> DataFile:
    """Name, size and checksum of a file."""
    return DataFile(path.name, path.stat().st_size, file_sha256(path))
