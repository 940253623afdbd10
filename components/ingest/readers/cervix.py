# SPDX-License-Identifier: Apache-2.0
"""Reader of the cervix photographs: one archive, as `prodl fetch cervix` packs it.

    train/Type_1/0.jpg          additional/Type_1/1.jpg      classes by folder
    test/0.jpg                  test_stg2/0.jpg              classes by table
    solution_stg1_release.csv   solution_stg2_release.csv    the tables

Each of the four folders is an official split; both test folders are test data. If a
file name begins with a patient (`p0042_1.jpg`), the patient is the group key, so that
all pictures of a patient get the same split. Corrections of the source list change
labels, or mark files that are known to be broken.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from components.core.errors import DataRefused
from components.core.shortening import enumerate_names, shorten
from components.ingest.corrections import Corrections, read_corrections
from components.ingest.formats.archives import find_archive, read_named
from components.ingest.item import Chunk, ImageItem
from components.ingest.readers import photo_archive
from components.ingest.readers.photo_archive import MemberLabels

GROUPS_NEAR_DUPLICATES: Final = True

TYPES: Final = ("Type_1", "Type_2", "Type_3")
SOLUTIONS: Final = {
    "test": "solution_stg1_release.csv",
    "test_stg2": "solution_stg2_release.csv",
}
OFFICIAL_SPLITS: Final = {
    "train": "train",
    "additional": "additional",
    "test": "test_stage_1",
    "test_stg2": "test_stage_2",
}
# The publisher's have a line for each of a few thousand pictures.
MAX_TABLE_BYTES: Final = 4 << 20
_PATIENT: Final = re.compile(r"(p\d+)_")


@dataclass(frozen=True)
class Catalogue:
    """Labels and corrections that are not part of the paths."""

    labels: Mapping[str, str]
    """Path -> class, for the pictures of both tests."""

    corrections: Corrections
    """Corrections of the source list."""


def check_files(raw_dir: Path) -> None:
    """Check that the archive can be read and holds known classes; else DataRefused."""
    catalogue = _catalogue(raw_dir)
    photo_archive.check_archive(
        raw_dir, lambda path: parse_member_path(path, catalogue), "train/Type_1/0.jpg"
    )


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Cut the archive into chunks."""
    return photo_archive.list_chunks(raw_dir, tables=tuple(SOLUTIONS.values()))


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[ImageItem]:
    """Read one chunk; a faulty item is marked, never an error."""
    catalogue = _catalogue(raw_dir)
    return photo_archive.read_chunk(
        raw_dir,
        chunk,
        lambda path: parse_member_path(path, catalogue),
        tables=tuple(SOLUTIONS.values()),
    )


def parse_member_path(path: str, catalogue: Catalogue) -> MemberLabels:
    """Read class, split and patient from the path of a member of the archive.

    Args:
        path: Its path in the archive.
        catalogue: Labels and corrections from elsewhere.
    """
    folder, *_, file = ["", *path.split("/")] if "/" not in path else path.split("/")
    if folder not in OFFICIAL_SPLITS:
        return MemberLabels(fault=f"in no known folder: {folder or 'none'}")
    classes = [part for part in path.split("/") if part in TYPES]
    label = classes[0] if classes else catalogue.labels.get(path, "")
    patient = _PATIENT.match(file)
    corrections = catalogue.corrections
    broken = corrections.broken_file(path)
    return MemberLabels(
        label=corrections.label(path) or label,
        official_split=OFFICIAL_SPLITS[folder],
        group_key=patient[1] if patient else "",
        fault=f"known to be broken: {broken}" if broken else "",
    )


def _catalogue(raw_dir: Path) -> Catalogue:
    status = find_archive(raw_dir).stat()
    return _read_catalogue(raw_dir, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1)
def _read_catalogue(raw_dir: Path, size: int, changed: int) -> Catalogue:
    archive = find_archive(raw_dir)
    labels: dict[str, str] = {}
    for folder, table in SOLUTIONS.items():
        content = read_named(archive, table)
        if content is not None:
            found = _read_solution(content, f"{archive}: {table}")
            labels |= {f"{folder}/{name}": label for name, label in found.items()}
    return Catalogue(labels, read_corrections(raw_dir))


def _read_solution(content: bytes, where: str) -> dict[str, str]:
    """Read file name -> class from a table with a 0/1 column per class."""
    if len(content) > MAX_TABLE_BYTES:
        raise DataRefused(
            f"{where}: expected a table of at most {MAX_TABLE_BYTES:,} bytes.\n"
            f"Received {len(content):,} bytes."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused(
            f"{where}: expected text in UTF-8.\nReceived other bytes: {error}."
        ) from None
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise DataRefused(
            f"{where}: expected a table.\nIt has none: {error}."
        ) from None
    needed = {"image_name", *TYPES}
    if rows and not needed <= set(rows[0]):
        raise DataRefused(
            f"{where}: expected the columns {', '.join(sorted(needed))}.\n"
            f"Received {enumerate_names(map(str, rows[0]))}."
        )
    return {row["image_name"]: _type_of(row, where) for row in rows}


def _type_of(row: dict[str, str], where: str) -> str:
    try:
        values = [float(row[name] or 0) for name in TYPES]
    except ValueError:
        values = []
    if sorted(values) != [0, 0, 1]:
        received = enumerate_names(str(row[name]) for name in TYPES)
        raise DataRefused(
            f"{where}, {shorten(str(row['image_name']))}: expected a 1 for one of "
            f"{', '.join(TYPES)} and 0 for the others.\nReceived {received}."
        )
    return TYPES[values.index(1)]
