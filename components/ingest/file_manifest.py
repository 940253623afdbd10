# SPDX-License-Identifier: Apache-2.0
"""Which files make up a variant: listed beforehand, or recorded when they arrived.

What a generator drew, a user packed or Kaggle delivered has no checksum that could be
demanded. It is recorded in `files.json` beside the archive, so DVC versions both, and
from then on held to it like a listed one.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from components.core.errors import DataNotObtainable
from components.core.records import read_record
from components.ingest.checksums import file_sha256
from components.ingest.source_list import DataFile, Variant

RECORD_FILE: Final = "files.json"


@dataclass(frozen=True)
class Record:
    """What arrived."""

    origin: str
    """Where it came from, in words: no path of the machine that packed it."""

    files: tuple[DataFile, ...]
    """The files with their checksums."""

    left_out: tuple[str, ...] = ()
    """What was offered but not taken, with the reason."""


def files_of(variant: Variant, folder: Path) -> tuple[DataFile, ...]:
    """The files that a folder with this variant must hold.

    Args:
        variant: As the source list describes it.
        folder: Folder of the raw files, which says what was recorded, or which of
            several alternatives is there.

    Raises:
        DataNotObtainable: The files are recorded on arrival, and none arrived yet.
    """
    if variant.origin != "publisher":
        record = read_files_record(folder)
        if record is None:
            raise DataNotObtainable(
                f"{folder} holds no data yet: there is no {RECORD_FILE} in it.\n"
                f"Get them with `prodl fetch {folder.parent.name}`."
            )
        return record.files
    if variant.one_of:
        there = [file for file in variant.files if (folder / file.name).exists()]
        return tuple((there or variant.files)[:1])
    return variant.files


def read_files_record(folder: Path) -> Record | None:
    """What is recorded of a folder's files, None where nothing is."""
    path = folder / RECORD_FILE
    if not path.is_file():
        return None
    return read_record(Record, json.loads(path.read_text(encoding="utf-8")), str(path))


def write_files_record(folder: Path, record: Record) -> None:
    """Record a folder's files; equal records give equal bytes."""
    written: dict[str, Any] = asdict(record)
    text = json.dumps(written, indent=1, sort_keys=True) + "\n"
    (folder / RECORD_FILE).write_text(text, encoding="utf-8")


def describe(path: Path) -> DataFile:
    """Name, size and checksum of a file."""
    return DataFile(path.name, path.stat().st_size, file_sha256(path))
