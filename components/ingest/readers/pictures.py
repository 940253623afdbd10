# SPDX-License-Identifier: Apache-2.0
"""Reader of the pictures of any data set: one archive of picture files.

The class of a picture is a folder of its path that is one of the data set's classes, or
stands in a table of labels in the archive (`readers/label_tables.py`). A folder above
the classes named `train`, `test` or `validation` is the official split. Every other
file of the archive becomes an item, a faulty one with the reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from components.core.errors import DataRefused
from components.core.shortening import enumerate_names
from components.ingest.corrections import Corrections, read_corrections
from components.ingest.formats.archives import find_archive, list_members
from components.ingest.formats.pictures import inspect_picture, is_picture
from components.ingest.item import Chunk, ImageItem
from components.ingest.reader_options import read_reader_options
from components.ingest.readers import photo_archive
from components.ingest.readers.label_tables import (
    SPLIT_NAMES,
    LabelRow,
    find_label_tables,
    read_labels,
)
from components.ingest.readers.photo_archive import MemberLabels

GROUPS_NEAR_DUPLICATES: Final = True


@dataclass(frozen=True)
class Catalogue:
    """What an archive says of its pictures beside their paths."""

    tables: tuple[str, ...]
    """Paths of the tables of labels."""

    headers: tuple[str, ...]
    """Names of their columns."""

    rows: Mapping[str, LabelRow]
    """Path of a picture -> what the tables say of it."""

    classes: tuple[str, ...]
    """The classes."""

    corrections: Corrections = field(default_factory=Corrections)
    """Known errors of single files."""


def check_files(raw_dir: Path) -> None:
    """Check that the archive can be read and has a picture of a class.

    Raises:
        DataRefused: It cannot be read, a table of labels cannot, or nothing has a
            class; the message has an example of what was expected.
    """
    catalogue = _catalogue(raw_dir)
    layout = f"{(*catalogue.classes, 'CLASS')[0]}/1.png, or a CSV of files and labels"
    has_labels = any(row.label and not row.fault for row in catalogue.rows.values())
    try:
        photo_archive.check_archive(
            raw_dir, lambda path: _from_folders(path, catalogue), layout
        )
    except DataRefused as error:
        if has_labels:
            return
        if catalogue.tables:
            raise DataRefused(
                f"{find_archive(raw_dir)}: expected a folder of, or a column with, the "
                f"classes {enumerate_names(catalogue.classes)}.\nReceived "
                f"{', '.join(catalogue.tables)} with the columns "
                f"{enumerate_names(catalogue.headers)}."
            ) from None
        raise error


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Cut the archive into chunks."""
    return photo_archive.list_chunks(raw_dir, _catalogue(raw_dir).tables)


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[ImageItem]:
    """Read one chunk; a faulty item is marked, never an error."""
    catalogue = _catalogue(raw_dir)
    return photo_archive.read_chunk(
        raw_dir,
        chunk,
        lambda path: read_labels_of(path, catalogue),
        catalogue.tables,
        inspect_picture,
    )


def read_labels_of(path: str, catalogue: Catalogue) -> MemberLabels:
    """Read class, split and group of a picture.

    Args:
        path: Its path in the archive.
        catalogue: The classes, and what tables and corrections say.
    """
    found = _from_folders(path, catalogue)
    row = catalogue.rows.get(path)
    if row:
        found = MemberLabels(
            row.label or found.label,
            row.official_split or found.official_split,
            row.group_key,
            row.fault,
        )
    elif catalogue.rows and not found.label:
        found = replace(found, fault="in no table of labels")
    label = catalogue.corrections.label(path)
    broken = catalogue.corrections.broken_file(path)
    # A corrected picture needs no class in its path, nor in a table.
    fault = "" if label else found.fault
    return replace(
        found,
        label=label or found.label,
        fault=f"known to be broken: {broken}" if broken else fault,
    )


def _from_folders(path: str, catalogue: Catalogue) -> MemberLabels:
    folders = path.split("/")[:-1]
    level = next(
        (n for n, folder in enumerate(folders) if folder in catalogue.classes), None
    )
    if level is None:
        return MemberLabels(official_split=_split_of(folders))
    return MemberLabels(folders[level], _split_of(folders[:level]))


def find_classes(archive: Path, target: str = "") -> tuple[str, ...]:
    """Find the classes of an archive, for data sets that do not name them yet.

    They are the values of a column called `label`, `class` or the like; else the
    folders of the first level that has several, or that pictures lie in, without the
    names of splits; else the values of any column that repeat.

    Args:
        archive: The archive.
        target: Header of the column of labels. Defaults to the one that looks like it.

    Returns:
        The classes in the order of their names, numbers in that of their values; none
        if nothing tells them.

    Raises:
        DataRefused: The archive or a table of labels cannot be read, or no table has
            the column `target`.
    """
    tables = find_label_tables(archive)
    if target and not any(target in table.headers for table in tables):
        headers = enumerate_names(h for table in tables for h in table.headers)
        raise DataRefused(
            f"{archive.name}: no table of labels has the column {target!r}.\n"
            f"Received {headers or 'no table that names pictures'}."
        )
    members = list_members(archive)
    paths = [m.name.split("/")[:-1] for m in members if is_picture(m.name, b"")]
    folders = _class_folders(paths)
    is_labelled = target or any(table.has_named_labels for table in tables)
    if tables and (is_labelled or len(folders) < 2):
        columns = [(table, table.label_column(target=target)) for table in tables]
        named = {v for table, n in columns if n >= 0 for v in table.column(n)}
        return tuple(sorted(named - {""}, key=_natural))
    return tuple(sorted(folders, key=_natural))


def _class_folders(paths: Sequence[Sequence[str]]) -> set[str]:
    """Names of the folders of the first level that has several."""
    rests = [[f for f in path if f.lower() not in SPLIT_NAMES] for path in paths]
    rests = [rest for rest in rests if rest]
    while rests:
        names = {rest[0] for rest in rests}
        if len(names) > 1 or any(len(rest) == 1 for rest in rests):
            return names
        rests = [rest[1:] for rest in rests]
    return set()


def _natural(name: str) -> tuple[int, int, str]:
    """Sort key: whole numbers first, in the order of their values."""
    is_number = name.isascii() and name.isdecimal() and len(name) < 10
    return (0, int(name), name) if is_number else (1, 0, name)


def _split_of(folders: Collection[str]) -> str:
    splits = (SPLIT_NAMES.get(folder.lower(), "") for folder in folders)
    return next(filter(None, splits), "")


def _catalogue(raw_dir: Path) -> Catalogue:
    options = read_reader_options(raw_dir)
    archive = find_archive(raw_dir)
    status = archive.stat()
    state = (status.st_size, status.st_mtime_ns)
    catalogue = _read_catalogue(archive, options.classes, options.group_by, state)
    return replace(catalogue, corrections=read_corrections(raw_dir))


@lru_cache(maxsize=1)
def _read_catalogue(
    archive: Path, classes: tuple[str, ...], group_by: str, state: tuple[int, int]
) -> Catalogue:
    del state
    tables = find_label_tables(archive)
    rows = read_labels(tables, classes, group_by, archive.name)
    names = tuple(table.name for table in tables)
    headers = tuple(header for table in tables for header in table.headers)
    return Catalogue(names, headers, rows, classes)
