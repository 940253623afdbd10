# SPDX-License-Identifier: Apache-2.0
"""Reader of any table: CSV, TSV and Parquet files, joined in the order of their names.

A row becomes an item called after its file: `penguins/0000123`. A row that breaks a
rule is marked with the reason, and never an error.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

from components.contracts.table_layout import TableLayout
from components.contracts.table_values import (
    as_days,
    as_number,
    as_text,
    parse_date,
    parse_number,
)
from components.core.errors import DataRefused
from components.core.records import unknown_name
from components.core.shortening import quote
from components.ingest.formats.tables import (
    delimiter_of,
    is_parquet,
    list_tables,
    official_split,
    open_parquet,
    read_header,
    read_records,
    refuse_damage,
    table_name,
    unreadable_type,
)
from components.ingest.item import Chunk, TableItem
from components.ingest.reader_options import ReaderOptions, read_reader_options

# A chunk ends at the first limit it reaches: memory holds one chunk per worker.
CHUNK_ROWS: Final = 10_000
CHUNK_BYTES: Final = 8 << 20
# Digits of the number of a row; more for a file that may have more rows.
_DIGITS: Final = 7
_SMALLEST_ROW: Final = 2

Values = Mapping[str, float | str | None]


def check_files(raw_dir: Path) -> None:
    """Check that each file is a table that has the columns of the source list.

    Raises:
        DataRefused: There is no table or no row, two files have one name, or a column
            is missing or has a type that is none of a table.
    """
    try:
        _check_tables(raw_dir)
    except DataRefused as error:
        # The folder is one of the pipeline; the user's has files of the same names.
        raise DataRefused(str(error).replace(f"{raw_dir}/", "")) from None


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Cut the tables into chunks of `CHUNK_ROWS` rows or `CHUNK_BYTES` bytes.

    Args:
        raw_dir: Folder of the raw files.
    """
    chunks: list[Chunk] = []
    for table in _open_tables(raw_dir, read_reader_options(raw_dir)):
        for start, count, offset in table.cut():
            chunks.append(Chunk(len(chunks), table.path.name, start, count, offset))
    return chunks


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[TableItem]:
    """Read one chunk; a faulty row is marked, never an error.

    Args:
        raw_dir: Folder of the raw files.
        chunk: The chunk.
    """
    table = _open_table(raw_dir / chunk.part, read_reader_options(raw_dir))
    return list(table.read_items(chunk))


@dataclass(frozen=True)
class _Table(ABC):
    """One file, with what is to be read of it."""

    path: Path
    options: ReaderOptions

    @property
    def layout(self) -> TableLayout:
        """Columns of the data set."""
        layout = self.options.table
        if layout is None:
            raise DataRefused(
                f"{self.path}: expected the key `table` in the source list of "
                f"{self.options.dataset}.\nReceived none."
            )
        return layout

    @property
    def name(self) -> str:
        """What its items are called by."""
        return table_name(self.path)

    @cached_property
    def header(self) -> list[str]:
        """Names of its columns."""
        return read_header(self.path, self.layout.delimiter)

    @cached_property
    def wanted(self) -> dict[str, str]:
        """Column of the source list -> header in the file, each column once."""
        layout = self.layout
        headers = {f"columns.{name}": layout.header(name) for name in layout.columns}
        headers["target"] = layout.target
        if self.options.group_by:
            headers["group_by"] = self.options.group_by
        return headers

    def check_columns(self) -> None:
        """Refuse a file without one of the wanted columns."""
        for key, header in self.wanted.items():
            if self.header.count(header) != 1:
                raise DataRefused(self._describe_columns(key, header))
        self._check_types()

    def has_rows(self) -> bool:
        """Whether there is a row beside the header."""
        return next(self.cut(), None) is not None

    @abstractmethod
    def cut(self) -> Iterator[tuple[int, int, int]]:
        """Yield first row, number of rows, and where to read them, of each chunk."""

    @abstractmethod
    def _read_rows(self, chunk: Chunk) -> Iterator[tuple[Sequence[Any], str]]:
        """Yield the values of each row in the order of `header`, or its fault."""

    @abstractmethod
    def _check_types(self) -> None:
        """Refuse types of values that are none of a table."""

    def read_items(self, chunk: Chunk) -> Iterator[TableItem]:
        """Read one chunk of this file."""
        size = self.path.stat().st_size
        digits = max(_DIGITS, len(str(size // _SMALLEST_ROW)))
        split = official_split(self.path)
        position = {header: n for n, header in enumerate(self.header)}
        for number, (cells, fault) in enumerate(self._read_rows(chunk), chunk.start):
            if not fault and len(cells) != len(self.header):
                fault = (
                    f"wrong number of fields: {len(cells)} in place of "
                    f"{len(self.header)}"
                )
            row = None if fault else _Row(self.layout, position, cells)
            yield self._item(f"{self.name}/{number:0{digits}d}", split, row, fault)

    def _item(
        self, item_id: str, split: str, row: "_Row | None", fault: str
    ) -> TableItem:
        values: dict[str, float | str | None] = dict.fromkeys(self.layout.columns)
        label, target, group = "", None, ""
        if row is not None:
            faults = []
            for name in values:
                values[name], problem = row.feature(name)
                faults.append(problem)
            label, target, problem = row.target(self.options.classes)
            faults.append(problem)
            group = row.text(self.options.group_by) if self.options.group_by else ""
            fault = next(filter(None, faults), "")
        return TableItem(
            item_id=item_id,
            label=label,
            content_sha256="" if fault else values_sha256(values),
            official_split=split,
            fault=fault,
            group_key=group,
            values=values,
            target=target,
        )

    def _describe_columns(self, key: str, header: str) -> str:
        where = f"table.{key}" if key != "group_by" else key
        if header in self.header:
            return (
                f"{self.path}: the column {header!r}, of the key {where} in the source "
                "list, is there more than once.\nRename one of them in the file."
            )
        if len(self.header) == 1 and not is_parquet(self.path):
            return (
                f"{self.path}: expected {len(self.wanted)} columns or more.\nReceived "
                f"one, {quote(self.header[0])}. Name the character between two values "
                "by the key table.delimiter of the source list."
            )
        what = f"{self.path}: the check of columns failed: {where} of the source list"
        return unknown_name(header, self.header, f"{what} names an unknown column")


class _TextTable(_Table):
    """A CSV or TSV file."""

    def _check_types(self) -> None:
        """Take any: every value is a text."""

    @property
    def _delimiter(self) -> str:
        return delimiter_of(self.path, self.layout.delimiter)

    def cut(self) -> Iterator[tuple[int, int, int]]:
        start = offset = count = 0
        # After the header.
        for record in islice(read_records(self.path, self._delimiter), 1, None):
            if count == CHUNK_ROWS or (count and record.offset - offset > CHUNK_BYTES):
                yield start, count, offset
                start, count = start + count, 0
            if count == 0:
                offset = record.offset
            count += 1
        if count:
            yield start, count, offset

    def _read_rows(self, chunk: Chunk) -> Iterator[tuple[Sequence[Any], str]]:
        records = read_records(self.path, self._delimiter, chunk.offset)
        for record in islice(records, chunk.count):
            yield record.fields, record.fault


class _ParquetTable(_Table):
    """A Parquet file, cut at the borders of its row groups at least."""

    def _check_types(self) -> None:
        schema = open_parquet(self.path).schema_arrow
        for key, header in self.wanted.items():
            # By position: names in the file may have spaces around them.
            kind = schema.field(self.header.index(header)).type
            if unreadable := unreadable_type(kind):
                raise DataRefused(
                    f"{self.path}: {key}: expected numbers, texts or dates.\n"
                    f"Received the column {header!r} of the type {unreadable}."
                )

    def cut(self) -> Iterator[tuple[int, int, int]]:
        metadata = open_parquet(self.path).metadata
        start = 0
        for group in range(metadata.num_row_groups):
            num_rows = metadata.row_group(group).num_rows
            for first in range(0, num_rows, CHUNK_ROWS):
                yield start + first, min(CHUNK_ROWS, num_rows - first), group
            start += num_rows

    def _read_rows(self, chunk: Chunk) -> Iterator[tuple[Sequence[Any], str]]:
        file = open_parquet(self.path)
        group = chunk.offset
        first = sum(file.metadata.row_group(n).num_rows for n in range(group))
        # In batches, because a row group may be as large as the file.
        batches = file.iter_batches(batch_size=CHUNK_ROWS, row_groups=[group])
        skipped = (chunk.start - first) // CHUNK_ROWS
        with refuse_damage(self.path):
            for batch in islice(batches, skipped, skipped + 1):
                columns = [column.to_pylist() for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    yield cells, ""


@dataclass(frozen=True)
class _Row:
    """The cells of one row, and what they mean."""

    layout: TableLayout
    position: Mapping[str, int]
    cells: Sequence[Any]

    def feature(self, name: str) -> tuple[float | str | None, str]:
        """Value of a feature, None for a missing one, and its fault."""
        cell, kind = (
            self._cell(self.layout.header(name)),
            self.layout.columns[name].kind,
        )
        if cell is None:
            return None, ""
        if kind == "category":
            return as_text(cell), ""
        try:
            if kind == "number":
                return self._number(cell), ""
            return _as_date(cell, self.layout.columns[name].format), ""
        except (ValueError, OverflowError):
            reason = "not a number" if kind == "number" else "not a date"
            return None, f"{reason}: {name} is {quote(cell)}"

    def target(self, classes: Sequence[str]) -> tuple[str, float | None, str]:
        """Class, number and fault of the target."""
        cell = self._cell(self.layout.target)
        if cell is None:
            return "", None, "target missing"
        if not self.layout.is_regression:
            label = as_text(cell)
            fault = "" if label in classes else f"unknown class: {quote(label)}"
            return label, None, fault
        try:
            return "", self._number(cell), ""
        except ValueError:
            fault = f"not a number: {self.layout.target} is {quote(cell)}"
            return "", None, fault

    def text(self, header: str) -> str:
        """A cell as text, "" for a missing one."""
        cell = self._cell(header)
        return "" if cell is None else as_text(cell)

    def _number(self, cell: Any) -> float:
        if isinstance(cell, str):
            return parse_number(cell, self.layout.decimal)
        return as_number(cell)

    def _cell(self, header: str) -> Any:
        """A cell without spaces around it, None for a missing one."""
        cell = self.cells[self.position[header]]
        if isinstance(cell, str):
            cell = cell.strip()
            return None if cell in self.layout.missing else cell
        # NaN alone differs from itself.
        return cell if cell == cell else None


def values_sha256(values: Values) -> str:
    """Compute the checksum of a row that does not depend on the order of its columns.

    Args:
        values: Feature -> value, without the target.
    """
    content = json.dumps([values[name] for name in sorted(values)])
    return hashlib.sha256(content.encode()).hexdigest()


def _check_tables(raw_dir: Path) -> None:
    options = read_reader_options(raw_dir)
    tables = _open_tables(raw_dir, options)
    if not tables:
        raise DataRefused(
            f"{options.dataset}: expected one or more tables.\nReceived none whose "
            "name ends with .csv, .tsv or .parquet."
        )
    names = [table.name for table in tables]
    for name in names:
        if names.count(name) > 1:
            raise DataRefused(
                f"{options.dataset}: two tables are called {name!r}, so are their "
                "rows.\nRename one of the files."
            )
    for table in tables:
        table.check_columns()
    if not any(table.has_rows() for table in tables):
        raise DataRefused(
            f"{options.dataset}: expected rows below the names of the columns.\n"
            f"The tables have no row: {', '.join(names)}."
        )


def _open_tables(raw_dir: Path, options: ReaderOptions) -> list[_Table]:
    return [_open_table(path, options) for path in list_tables(raw_dir)]


def _open_table(path: Path, options: ReaderOptions) -> _Table:
    kind = _ParquetTable if is_parquet(path) else _TextTable
    return kind(path, options)


def _as_date(cell: Any, date_format: str) -> float:
    if isinstance(cell, date):
        return as_days(cell)
    return parse_date(as_text(cell), date_format)
