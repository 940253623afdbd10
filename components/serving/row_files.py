# SPDX-License-Identifier: Apache-2.0
"""Rows of a table as a user has them: JSON on the command line, and files of rows.

A row that cannot be read is marked, and stops no other.
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from components.contracts.table_layout import TableLayout
from components.core.errors import UsageError
from components.core.files import require_regular_file
from components.core.shortening import enumerate_names, quote, shorten

_SUFFIXES: Final = (".csv", ".tsv", ".json", ".jsonl", ".parquet")
# Key of a request of TensorFlow Serving.
_INSTANCES: Final = "instances"
_FIRST_ROW: Final = 1


@dataclass(frozen=True)
class FoundRow:
    """One row of an input, or why it, or the input, could not be read."""

    place: str
    """Where it stands: `rows.csv, row 3`."""

    cells: Mapping[str, Any] = field(default_factory=dict)
    """Feature -> what the input has for it."""

    fault: str = ""
    """Why it could not be read, in one line; "" for a sound one."""


class _Unreadable(Exception):
    """An input, or a row of it, cannot be read."""


def find_rows(inputs: Sequence[str], layout: TableLayout) -> Iterator[FoundRow]:
    """Read the rows of all inputs, in their order.

    Args:
        inputs: Objects or lists of objects as JSON, and files that end in .csv, .tsv,
            .json, .jsonl or .parquet.
        layout: Columns of the model. An input calls them by the names of the features,
            or by the headers of the file that the model learnt from.
    """
    for given in inputs:
        is_json = given.lstrip().startswith(("{", "["))
        try:
            if is_json:
                yield from _json_rows(given, "", layout)
            else:
                yield from _file_rows(Path(given), layout)
        except _Unreadable as error:
            yield FoundRow("row" if is_json else given, fault=str(error))


def _file_rows(path: Path, layout: TableLayout) -> Iterator[FoundRow]:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise _Unreadable(
            "expected a row as JSON, such as '{...}', or a file that ends in "
            f"{', '.join(_SUFFIXES)}"
        )
    try:
        if os.path.isdir(path):
            raise _Unreadable("it is a folder: name the files in it")
        require_regular_file(path)
        if suffix == ".parquet":
            yield from _parquet_rows(path, layout)
        elif suffix == ".json":
            text = path.read_text(encoding="utf-8-sig")
            yield from _json_rows(text, f"{path}, ", layout)
        elif suffix == ".jsonl":
            yield from _jsonl_rows(path, layout)
        else:
            yield from _csv_rows(path, layout)
    except FileNotFoundError:
        raise _Unreadable("there is no such file") from None
    except UnicodeDecodeError as error:
        raise _Unreadable(f"it is not UTF-8: byte {error.start}") from None
    except UsageError:
        raise _Unreadable("it is no regular file") from None
    except OSError as error:
        raise _Unreadable(error.strerror or str(error)) from None


def _json_rows(text: str, file: str, layout: TableLayout) -> Iterator[FoundRow]:
    content = _parse_json(text)
    if isinstance(content, dict) and isinstance(content.get(_INSTANCES), list):
        content = content[_INSTANCES]
    rows = content if isinstance(content, list) else [content]
    for number, row in enumerate(rows, _FIRST_ROW):
        yield _object_row(row, f"{file}row {number}", layout)


def _jsonl_rows(path: Path, layout: TableLayout) -> Iterator[FoundRow]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, _FIRST_ROW):
            if not line.strip():
                continue
            place = f"{path}, row {number}"
            try:
                yield _object_row(_parse_json(line), place, layout)
            except _Unreadable as error:
                yield FoundRow(place, fault=str(error))


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise _Unreadable("it is nested too deeply") from None
    except ValueError as error:
        raise _Unreadable(f"it is no JSON: {shorten(str(error))}") from None


def _object_row(row: Any, place: str, layout: TableLayout) -> FoundRow:
    if not isinstance(row, dict):
        wanted = "expected an object of columns, such as {...}"
        return FoundRow(place, fault=f"{wanted}, received {quote(row)}")
    try:
        # As a file, a row may have more columns than the model takes.
        names = _find_columns(list(row), layout)
    except _Unreadable as error:
        return FoundRow(place, fault=str(error))
    return FoundRow(place, {name: row[key] for name, key in names.items()})


def _csv_rows(path: Path, layout: TableLayout) -> Iterator[FoundRow]:
    delimiter = layout.delimiter
    if path.suffix.lower() == ".tsv":
        delimiter = "\t"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        records = csv.reader(stream, delimiter=delimiter or ",")
        try:
            header = [cell.strip() for cell in next(records, [])]
            # A file may have more columns than the model takes.
            names = _find_columns(header, layout)
            position = {header: index for index, header in enumerate(header)}
            number = 0
            for cells in records:
                if not cells:
                    continue
                number += 1
                place = f"{path}, row {number}"
                if len(cells) != len(header):
                    fault = f"{len(cells)} fields in place of {len(header)}"
                    yield FoundRow(place, fault=fault)
                    continue
                found = {name: cells[position[key]] for name, key in names.items()}
                yield FoundRow(place, found)
        except csv.Error as error:
            raise _Unreadable(f"it is no CSV: {error}") from None


def _parquet_rows(path: Path, layout: TableLayout) -> Iterator[FoundRow]:
    # Here: only such files need the library.
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
        names = _find_columns(file.schema_arrow.names, layout)
        number = 0
        for batch in file.iter_batches(columns=list(names.values())):
            for row in batch.to_pylist():
                number += 1
                found = {name: row[key] for name, key in names.items()}
                yield FoundRow(f"{path}, row {number}", found)
    except ArrowException as error:
        raise _Unreadable(shorten(str(error).partition("\n")[0])) from None


def _find_columns(names: Sequence[str], layout: TableLayout) -> dict[str, str]:
    """Feature -> its name in the input."""
    found, missing = {}, []
    for feature in layout.columns:
        accepted = dict.fromkeys((layout.header(feature), feature))
        called = [name for name in names if name in accepted]
        if len(called) > 1:
            raise _Unreadable(f"the column {_shown(feature, layout)} is there twice")
        if called:
            found[feature] = called[0]
        else:
            missing.append(_shown(feature, layout))
    if missing:
        known = {*found.values(), layout.target}
        others = [name for name in names if name not in known]
        # Among them may be a misspelt one, and those that the data set leaves out.
        received = f"; not used: {enumerate_names(others)}" if others else ""
        raise _Unreadable(
            f"missing columns: {enumerate_names(missing)}{received}; a missing value "
            "is null, or an empty cell"
        )
    return found


def _shown(feature: str, layout: TableLayout) -> str:
    header = layout.header(feature)
    return feature if header == feature else f"{feature} ({header!r})"
