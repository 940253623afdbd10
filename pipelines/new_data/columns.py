# SPDX-License-Identifier: Apache-2.0
"""The columns of a table of the user: what each holds, and which ones are no features.

Kinds are found in the text of the first rows of the files; the reader of tables reads
all of them afterwards, by the layout that is made of what was found here.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final, Literal

from components.contracts.table_layout import (
    MISSING_TEXTS,
    RESERVED_NAMES,
    ColumnKind,
)
from components.contracts.table_values import as_text, find_date_format, parse_number
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
MAX_CATEGORIES: Final = 1000
LONGEST_NAME: Final = 60
# Shares of the rows beyond which a column is left out.
_NEARLY_ALL: Final = 0.95
_NEARLY_EACH: Final = 0.5
_MOST_CLASSES: Final = 20
_WORDS_OF_TEXT: Final = 4
# A class occurs so often, on average, if a whole number is to be a class.
_ITEMS_PER_CLASS: Final = 5
_IDENTIFIER: Final = re.compile(
    r"(^|[^a-z])(id|uid|uuid|guid|index|idx|row|number|num|nr|no)$"
)
# What related rows share: to be kept in one split.
_GROUP: Final = re.compile(
    r"(^|[^a-z])(patient|subject|person|individual|participant|user|customer|client"
    r"|student|pupil|household|family|session|animal)s?([^a-z]|$)"
)
_MIN_GROUPS: Final = 20
_UNIT: Final = re.compile(r"[(\[]\s*([^()\[\]]{1,12})\s*[)\]]\s*$")
_UNIT_SUFFIXES: Final = ("mm", "cm", "m", "km", "mg", "g", "kg", "ms", "s", "h", "days")


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of one column."""

    header: str
    """Its name in the file."""

    name: str
    """Name of its feature."""

    kind: ColumnKind
    """What it holds."""

    num_values: int
    """Rows with a value."""

    num_missing: int
    """Rows without one."""

    num_distinct: int
    """Different values."""

    is_whole: bool = False
    """Whether its numbers are whole."""

    date_format: str = ""
    """How its dates are written."""

    unit: str = ""
    """Unit of its numbers, by its name."""

    left_out: str = ""
    """Why it is no feature; "" if it is one."""

    may_group: bool = False
    """Whether rows with the same value belong together."""


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


def describe_columns(table: RawTable, target: str) -> list[ColumnFacts]:
    """Describe all columns but the target, in the order of the file.

    Args:
        table: The rows.
        target: Header of the column to be predicted.
    """
    names: set[str] = set()
    found = []
    for position, header in enumerate(table.headers, 1):
        if header == target:
            continue
        name = feature_name(header, position, names)
        names.add(name)
        if header in table.values:
            facts = describe_column(header, table.values[header], table.decimal)
        else:
            reason = "named as another column" if header else "without a name"
            if header in table.types:
                reason = f"values of the type {table.types[header]}"
            facts = ColumnFacts(header, name, "category", 0, 0, 0, left_out=reason)
        found.append(replace(facts, name=name))
    return found


def describe_column(
    header: str, values: Sequence[str | None], decimal: str = "."
) -> ColumnFacts:
    """Describe a column by its values.

    Args:
        header: Its name in the file.
        values: Its values, None for a missing one.
        decimal: Decimal mark. Defaults to a point.
    """
    present = [value for value in values if value is not None]
    distinct = dict.fromkeys(present)
    date_format: str | None = None
    numbers = _as_numbers(distinct, decimal)
    kind: ColumnKind = "number" if numbers else "category"
    if numbers is None:
        date_format = find_date_format(distinct)
        kind = "category" if date_format is None else "date"
    facts = ColumnFacts(
        header=header,
        name=header,
        kind=kind,
        num_values=len(present),
        num_missing=len(values) - len(present),
        num_distinct=len(distinct),
        is_whole=bool(numbers) and all(n.is_integer() for n in numbers or ()),
        date_format=date_format or "",
        unit=_find_unit(header) if kind == "number" else "",
    )
    left_out, may_group = _suspect(facts, list(distinct), numbers or [])
    return replace(facts, left_out=left_out, may_group=may_group)


def find_target_kind(
    header: str, values: Sequence[str | None], decimal: str = "."
) -> Literal["class", "number"]:
    """Whether a target is a class or a number.

    Whole numbers of few values, each of which occurs several times, are classes.

    Args:
        header: Its name.
        values: Its values.
        decimal: Decimal mark. Defaults to a point.

    Raises:
        DataRefused: It is neither; the message has what to do.
    """
    present = [value for value in values if value is not None]
    distinct = dict.fromkeys(present)
    if len(distinct) < 2:
        raise DataRefused(
            f"the target {header!r} has {len(distinct)} value"
            f"{'s' if not distinct else ''} in {len(values):,} rows: there is nothing "
            "to tell apart.\nName another column: --target COLUMN."
        )
    numbers = _as_numbers(distinct, decimal)
    is_repeated = len(present) >= _ITEMS_PER_CLASS * len(distinct)
    if numbers is not None:
        is_whole = all(number.is_integer() for number in numbers)
        few = len(distinct) <= _MOST_CLASSES and is_repeated
        return "class" if is_whole and few else "number"
    if len(distinct) > MAX_CATEGORIES or not is_repeated:
        raise DataRefused(
            f"the target {header!r} has {len(distinct):,} different texts in "
            f"{len(present):,} rows.\nExpected numbers, or classes that occur "
            f"{_ITEMS_PER_CLASS} times or more on average. Name another column: "
            "--target COLUMN."
        )
    return "class"


def feature_name(header: str, position: int, taken: Iterable[str] = ()) -> str:
    """Make a name of a feature of a header: `Culmen Length (mm)`, `culmen_length_mm`.

    Args:
        header: Name of the column in the file.
        position: Number of the column, for a header without letters that fit.
        taken: Names that other columns have.
    """
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9_]+", plain.replace("%", " percent "))
    # A vocabulary is a file of this name.
    name = "_".join(words).strip("_")[:LONGEST_NAME].rstrip("_")
    if name != header:
        name = name.lower()
    if not name or not name[0].isalpha():
        name = f"column_{name or position}"
    if name in RESERVED_NAMES or iskeyword(name):
        name += "_"
    known = set(taken)
    unique, number = name, 2
    while unique in known:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _suspect(
    facts: ColumnFacts, distinct: Sequence[str], numbers: Sequence[float]
) -> tuple[str, bool]:
    """Say why a column is no feature, and whether it groups rows."""
    total = facts.num_values + facts.num_missing
    if facts.num_missing >= _NEARLY_ALL * total:
        return f"missing in {facts.num_missing:,} of {total:,} rows", False
    if facts.num_distinct == 1 and not facts.num_missing:
        return f"a constant: {distinct[0][:40]!r} in every row", False
    share = facts.num_distinct / facts.num_values
    is_named = bool(_IDENTIFIER.search(_words(facts.header)))
    groups = bool(_GROUP.search(_words(facts.header)))
    may_group = groups and _MIN_GROUPS <= facts.num_distinct < facts.num_values
    if facts.kind == "number":
        is_count = facts.is_whole and facts.num_distinct == facts.num_values
        is_dense = is_count and max(numbers) - min(numbers) + 1 == len(numbers)
        if is_dense or (is_named and facts.is_whole and share > 0.2):
            return "an identifier: it numbers the rows", False
        if is_named and may_group and facts.is_whole:
            return "an identifier of what rows belong to", True
        return "", False
    if facts.kind == "date":
        return "", False
    if share >= _NEARLY_EACH or (is_named and share > 0.2):
        words = sum(len(text.split()) for text in distinct) / len(distinct)
        if words >= _WORDS_OF_TEXT:
            return "free text", False
        reason = f"an identifier: {facts.num_distinct:,} different texts"
        return f"{reason} in {facts.num_values:,} rows", may_group
    if may_group:
        return "an identifier of what rows belong to", True
    if facts.num_distinct > MAX_CATEGORIES:
        return f"{facts.num_distinct:,} categories", False
    return "", False


def _words(header: str) -> str:
    """Header in lower case, words of `camelCase` apart."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header).lower().strip()


def _as_numbers(texts: Iterable[str], decimal: str) -> list[float] | None:
    """Read texts as numbers; None if one is none, or there are none at all."""
    try:
        return [parse_number(text, decimal) for text in texts] or None
    except ValueError:
        return None


def _find_decimal(columns: Iterable[Sequence[str | None]]) -> Literal[".", ","]:
    """The mark by which more columns are numbers."""
    every = [[text for text in column if text is not None] for column in columns]
    counts = [sum(bool(_as_numbers(c, mark)) for c in every) for mark in (".", ",")]
    return "," if counts[1] > counts[0] else "."


def _find_unit(header: str) -> str:
    if found := _UNIT.search(header):
        return found[1].strip()
    last = header.lower().rpartition("_")[2]
    return last if "_" in header and last in _UNIT_SUFFIXES else ""


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
    numbers = [name for name in headers if _as_numbers([name], ".")]
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
