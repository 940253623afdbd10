# SPDX-License-Identifier: Apache-2.0
"""Tables of labels in an archive of pictures: CSV files that name files and classes.

Columns are recognised by what they hold, headers only decide between several. The
column of files names members of the archive: by path, by file name, or, if its header
says so, without the extension. The column of labels holds classes. A column may name
the split, and a table whose name has `train`, `test` or `validation` in it is that
split.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from components.core.errors import DataRefused
from components.core.shortening import enumerate_names, shorten
from components.ingest.formats.archives import (
    DamagedMember,
    Member,
    list_members,
    read_member,
)

SUFFIXES: Final = (".csv", ".tsv")
# Names of splits, of folders and tables -> the official split.
SPLIT_NAMES: Final = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("test", "testing", "tst", "t10k"), "test"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
}
_LABEL_HEADERS: Final = ("label", "labels", "class", "category", "target")
_FILE_HEADERS: Final = frozenset(
    {
        *("file", "files", "filename", "path", "name", "id"),
        *("image", "images", "img", "picture", "pictures", "photo", "photos"),
    }
)
_SPLIT_HEADERS: Final = ("split", "subset", "partition", "set", "fold")
# Rows that are looked at to recognise the columns.
_LOOKED_AT: Final = 2000
# Share of them that must name a file, or a class.
_ENOUGH: Final = 0.5
MAX_TABLE_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class LabelRow:
    """What a table says of one picture."""

    label: str
    """Its class; "" if the table has no column of classes."""

    official_split: str = ""
    """Its split, "" if there is none."""

    group_key: str = ""
    """Value of the column `group_by`, "" without one."""

    fault: str = ""
    """Why it must not be used, "" for no reason."""


@dataclass(frozen=True)
class LabelTable:
    """A table of labels, read."""

    name: str
    """Its path in the archive."""

    headers: tuple[str, ...]
    """Names of its columns."""

    rows: tuple[tuple[str, ...], ...]
    """Its values, a row per picture."""

    file_column: int
    """Index of the column that names files."""

    members: tuple[str, ...]
    """Path in the archive of the file of each row, "" for one that is not there."""

    def label_column(self, classes: Collection[str] = (), target: str = "") -> int:
        """Index of the column of labels; -1 if no column can be one.

        Args:
            classes: The classes. Defaults to those that the column itself has.
            target: Header of the column, if the caller knows it.
        """
        if target:
            return self.headers.index(target) if target in self.headers else -1
        others = [n for n in range(len(self.headers)) if n != self.file_column]
        if classes:
            known = set(classes)
            shares = {n: _share(self.column(n), known) for n in others}
            best = max(others, key=lambda n: (shares[n], -self._rank(n)), default=-1)
            return best if best >= 0 and shares[best] >= _ENOUGH else -1
        named = [n for n in others if self._rank(n) < len(_LABEL_HEADERS)]
        if named:
            return min(named, key=self._rank)
        free = (n for n in others if self.headers[n].lower() not in _SPLIT_HEADERS)
        # A class has several pictures.
        return next((n for n in free if self._repeats(n)), -1)

    @property
    def has_named_labels(self) -> bool:
        """Whether the header of a column says that it holds labels."""
        return any(name.lower() in _LABEL_HEADERS for name in self.headers)

    @property
    def split_column(self) -> int:
        """Index of the column of splits; -1 if there is none."""
        for number, header in enumerate(self.headers):
            is_named = header.lower() in _SPLIT_HEADERS
            values = [value.lower() for value in self.column(number)[:_LOOKED_AT]]
            if is_named and values and _share(values, SPLIT_NAMES) == 1:
                return number
        return -1

    def column(self, index: int) -> list[str]:
        """Values of a column."""
        return [row[index] for row in self.rows]

    def _repeats(self, index: int) -> bool:
        return len(set(self.column(index))) < len(self.rows)

    def _rank(self, index: int) -> int:
        name = self.headers[index].lower()
        is_named = name in _LABEL_HEADERS
        return _LABEL_HEADERS.index(name) if is_named else len(_LABEL_HEADERS)


def _merge(former: LabelRow | None, row: LabelRow) -> LabelRow:
    """Join what two tables say of one picture."""
    if former is None:
        return row
    return LabelRow(
        row.label or former.label,
        row.official_split or former.official_split,
        row.group_key or former.group_key,
        row.fault or former.fault,
    )


class Files:
    """The pictures of an archive, by what a table may call them.

    Args:
        names: Their paths in the archive.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = set(names)
        self._short: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for name in names:
            base = name.rpartition("/")[2]
            forms = {base, base.rpartition(".")[0], name.rpartition(".")[0]} - {""}
            counts.update(forms)
            self._short |= dict.fromkeys(forms, name)
        for form, count in counts.items():
            if count > 1:
                # It is not clear which one is meant.
                del self._short[form]

    def find(self, text: str, folder: str) -> str:
        """Path of a file in the archive; "" if no file, or more than one, is meant."""
        given = text.strip().replace("\\", "/").removeprefix("./")
        for path in (f"{folder}{given}", given):
            if path in self._names:
                return path
        return self._short.get(given) or self._short.get(given.rpartition("/")[2], "")


def find_label_tables(archive: Path) -> list[LabelTable]:
    """Find the tables of an archive that name pictures in it.

    Args:
        archive: The archive.

    Raises:
        DataRefused: A table that names pictures cannot be read.
    """
    members = list_members(archive)
    tables = [m for m in members if is_table(m.name) and not is_hidden(m.name)]
    if not tables:
        return []
    files = Files([m.name for m in members if m not in tables])
    read = (_read_member(archive, member, files) for member in tables)
    return [table for table in read if table is not None]


def is_table(name: str) -> bool:
    """Whether a file may be a table of labels."""
    return name.lower().endswith(SUFFIXES)


def read_labels(
    tables: Sequence[LabelTable], classes: Collection[str], group_by: str, where: str
) -> dict[str, LabelRow]:
    """Read path in the archive -> what the tables say of that picture.

    Args:
        tables: The tables.
        classes: The classes.
        group_by: Header of the column of groups, "" for none.
        where: The archive, for messages.

    Raises:
        DataRefused: No table has the column of groups.
    """
    found: dict[str, LabelRow] = {}
    if group_by and not any(group_by in table.headers for table in tables):
        headers = enumerate_names(h for table in tables for h in table.headers)
        raise DataRefused(
            f"{where}: no table of labels has the column {group_by!r}, which the "
            f"source list names as group_by.\nReceived {headers or 'no table'}."
        )
    for table in tables:
        column = table.label_column(classes)
        for member, row in _rows(table, column, group_by, classes):
            former = found.get(member)
            if former and former.label and row.label and former.label != row.label:
                fault = f"two labels: {shorten(former.label)}, {shorten(row.label)}"
                row = replace(row, fault=fault)
            found[member] = _merge(former, row)
    return found


def split_of_name(name: str) -> str:
    """Official split that a name says it is: `train_labels`; "" for none.

    Args:
        name: Name of a file without extension, or of a folder.
    """
    words = [SPLIT_NAMES.get(w) for w in re.split(r"[^a-z0-9]+", name.lower())]
    return next(filter(None, words), "")


def _rows(
    table: LabelTable, column: int, group_by: str, classes: Collection[str]
) -> Iterator[tuple[str, LabelRow]]:
    split_column = table.split_column
    group = table.headers.index(group_by) if group_by in table.headers else -1
    stem = table.name.rpartition("/")[2].rpartition(".")[0]
    known = set(classes)
    for member, row in zip(table.members, table.rows, strict=True):
        if not member:
            continue
        label = row[column] if column >= 0 else ""
        split = split_of_name(stem)
        if split_column >= 0:
            split = SPLIT_NAMES.get(row[split_column].lower(), "")
        is_known = label in known or column < 0
        fault = "" if is_known else f"unknown class: {shorten(label, 100)!r}"
        yield member, LabelRow(label, split, row[group] if group >= 0 else "", fault)


def _read_member(archive: Path, member: Member, files: Files) -> LabelTable | None:
    if member.fault or member.size > MAX_TABLE_BYTES:
        return None
    try:
        content = read_member(archive, member)
    except DamagedMember as error:
        where = f"{archive.name}: {member.name}"
        raise DataRefused(f"{where} cannot be read: {error}.") from None
    return read_table(member.name, content, files)


def read_table(name: str, content: bytes, files: Files) -> LabelTable | None:
    """Read a table of labels; None if no column of it names pictures.

    Args:
        name: Its path in the archive.
        content: Its bytes.
        files: The pictures.

    Raises:
        DataRefused: It cannot be read.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataRefused(
            f"{name}: expected a table of labels in UTF-8.\n"
            "Received bytes of another encoding. Save it as UTF-8."
        ) from None
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=_delimiter(name, text)))
    except csv.Error as error:
        raise DataRefused(
            f"{name}: expected a table of labels.\nReceived none: {error}."
        ) from None
    lines = [tuple(map(str.strip, row)) for row in table if row]
    if len(lines) < 2:
        return None
    headers = lines[0]
    rows = tuple(row for row in lines[1:] if len(row) == len(headers))
    folder = name[: name.rfind("/") + 1]
    column = _file_column(headers, rows, files, folder)
    if column < 0:
        return None
    members = tuple(files.find(row[column], folder) for row in rows)
    return LabelTable(name, headers, rows, column, members)


def _file_column(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    files: Files,
    folder: str,
) -> int:
    looked_at = rows[:_LOOKED_AT]
    counts = {}
    for number, header in enumerate(headers):
        # Numbers of any kind may be names without extension: 7 of 7.png.
        words = set(re.split(r"[^a-z]+", header.lower()))
        is_named = bool(words & _FILE_HEADERS)
        values = [row[number] for row in looked_at]
        counts[number] = sum(
            bool(files.find(value, folder)) and (is_named or "." in value)
            for value in values
        )
    best = max(counts, key=lambda n: (counts[n], -n), default=-1)
    is_enough = best >= 0 and counts[best] >= max(1, _ENOUGH * len(looked_at))
    return best if is_enough else -1


def _delimiter(name: str, text: str) -> str:
    if name.lower().endswith(".tsv"):
        return "\t"
    header = text.partition("\n")[0]
    return max((",", ";", "\t"), key=header.count)


def _share(values: Sequence[str], known: Collection[str] | Mapping[str, str]) -> float:
    return sum(value in known for value in values) / max(1, len(values))


def is_hidden(name: str) -> bool:
    """Whether a file is one of the system's own: hidden, or a Macintosh's extra."""
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
