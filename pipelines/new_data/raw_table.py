# SPDX-License-Identifier: Apache-2.0
"""The tables of a user as text: their first rows, their delimiter and decimal mark."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from components.contracts.table_layout import MISSING_TEXTS
from components.contracts.table_values import as_text, parse_number
from components.core.errors import DataRefused
from components.ingest.formats.tables import (
    delimiter_of,
    find_delimiter,
    is_parquet,
    open_parquet,
    read_header,
    read_records,
    unreadable_type,
)

# Rows that kinds are found in.
LOOKED_AT: Final = 100_000


@dataclass(frozen=True)
class RawTable:
    """The first rows of the tables of a user, as text."""

    headers: tuple[str, ...]
    """Names of the columns, as in the first file."""

    values: Mapping[str, Sequence[str | None]]
    """Header -> its values, None for a missing one; of a header that occurs once."""

    num_rows: int
    """Rows that were looked at, without faulty ones."""

    faults: Mapping[str, int]
    """Reason -> number of rows that cannot be read."""

    types: Mapping[str, str] = field(default_factory=dict)
    """Header -> type, of columns whose type is none of a table."""

    delimiter: str = ""
    """Delimiter, where it is another than the suffix says."""

    decimal: Literal[".", ","] = "."
    """Decimal mark."""


def read_raw_table(files: Sequence[Path]) -> RawTable:
    """Read the first rows of tables of one header.

    Args:
        files: The tables, at least one.

    Raises:
        DataRefused: A file cannot be read, or has no names of columns.
    """
    delimiters = {_odd_delimiter(path) for path in files if not is_parquet(path)}
    if len(delimiters) > 1:
        raise DataRefused(
            f"{files[0].parent}: the tables have different delimiters.\n"
            "Expected the same in all files. Save them in the same way."
        )
    delimiter = next(iter(delimiters), "")
    headers = tuple(read_header(files[0], delimiter))
    _check_headers(files[0], headers)
    types = _unreadable_types(files)
    once = [
        name
        for name in headers
        if name and headers.count(name) == 1 and name not in types
    ]
    values: dict[str, list[str | None]] = {name: [] for name in once}
    num_rows, faults = 0, Counter[str]()
    for path in files:
        header = headers if path == files[0] else tuple(read_header(path, delimiter))
        absent = set(once) - set(header)
        if absent:
            raise DataRefused(
                f"{path}: expected the columns of {files[0].name}.\n"
                f"It lacks {', '.join(sorted(absent))}. Add them, or give one file."
            )
        positions = [(values[name], header.index(name)) for name in once]
        for row, fault in islice(_rows(path, delimiter), LOOKED_AT - num_rows):
            if not fault and len(row) != len(header):
                fault = "wrong number of fields"
            if fault:
                faults[fault] += 1
                continue
            num_rows += 1
            for column, position in positions:
                column.append(row[position])
    decimal = _find_decimal(values.values()) if delimiter == ";" else "."
    return RawTable(headers, values, num_rows, faults, types, delimiter, decimal)


def as_numbers(texts: Iterable[str], decimal: str) -> list[float] | None:
    """Read texts as numbers.

    Args:
        texts: The texts.
        decimal: Decimal mark.

    Returns:
        The numbers; None if one text is none, or there are no texts at all.
    """
    try:
        return [parse_number(text, decimal) for text in texts] or None
    except ValueError:
        return None


def _find_decimal(columns: Iterable[Sequence[str | None]]) -> Literal[".", ","]:
    """The mark by which more columns are numbers."""
    every = [[text for text in column if text is not None] for column in columns]
    counts = [sum(bool(as_numbers(c, mark)) for c in every) for mark in (".", ",")]
    return "," if counts[1] > counts[0] else "."


def _odd_delimiter(path: Path) -> str:
    found = find_delimiter(path)
    return "" if found == delimiter_of(path) else found


def _unreadable_types(files: Sequence[Path]) -> dict[str, str]:
    """Columns of Parquet files that the reader of tables refuses, with their types."""
    found = {}
    for path in filter(is_parquet, files):
        for column in open_parquet(path).schema_arrow:
            if kind := unreadable_type(column.type):
                found[column.name.strip()] = kind
    return found


def _check_headers(path: Path, headers: Sequence[str]) -> None:
    """Refuse a first line that holds values."""
    numbers = [name for name in headers if as_numbers([name], ".")]
    if len(numbers) > len(headers) / 2:
        raise DataRefused(
            f"{path}: expected the names of the columns in the first line.\n"
            f"Received {', '.join(headers[:6])}. Put a line of names above it."
        )


def _rows(path: Path, delimiter: str) -> Iterator[tuple[list[str | None], str]]:
    """Yield the cells of each row, or its fault."""
    if is_parquet(path):
        for batch in open_parquet(path).iter_batches():
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                yield [_cell_text(cell) for cell in cells], ""
        return
    records = read_records(path, delimiter_of(path, delimiter))
    for record in islice(records, 1, None):
        yield [_cell_text(field) for field in record.fields], record.fault


def _cell_text(cell: Any) -> str | None:
    """A cell as the reader of tables takes it, None for a missing one."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, date):
        return cell.isoformat()
    text = as_text(cell).strip()
    return None if text in MISSING_TEXTS else text
