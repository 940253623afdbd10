# SPDX-License-Identifier: Apache-2.0
"""Predict the class or the number of rows with a published model of a table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.signatures import PREDICT_ROWS, PROBABILITIES, VALUE
from components.contracts.table_layout import Column, TableLayout
from components.contracts.table_values import (
    as_days,
    as_number,
    as_text,
    parse_date,
    parse_number,
    write_date,
)
from components.core.errors import UsageError
from components.core.shortening import quote
from components.serving.answer import Answer
from components.serving.known_values import KnownValues, read_known_values
from components.serving.row_files import FoundRow, find_rows
from components.serving.saved_model import ROWS_AT_ONCE, SavedModel

SIGNATURES: Final = (PREDICT_ROWS,)

# Value of a request -> of a column, number or text; what stands for a missing one.
Value = float | str


@dataclass(frozen=True)
class Options:
    """A model of a table has no options."""


@dataclass(frozen=True)
class RowPrediction:
    """The prediction of one row, or why there is none."""

    place: str
    """Where the row stands: `rows.csv, row 3`."""

    probabilities: Mapping[str, float] | None = None
    """Class -> probability, in the order of the classes; None for a number."""

    value: float | None = None
    """The number; None for a class."""

    fault: str = ""
    """Why the row could not be read, in one line; "" for a sound one."""

    remarks: tuple[str, ...] = ()
    """Values that the model does not know, so that its answer is worth little."""

    @property
    def label(self) -> str:
        """The most probable class.

        Raises:
            ValueError: The prediction is a number.
        """
        if self.probabilities is None:
            raise ValueError("a number has no class.")
        return max(self.probabilities, key=self.probabilities.__getitem__)


def predict(
    model: SavedModel, inputs: Sequence[str], options: Options
) -> Iterator[Answer]:
    """Answer with the class of each row and its probability, or with its number.

    Args:
        model: A model of a table.
        inputs: Rows as JSON, and files of rows.
        options: None.
    """
    for row in predict_rows(model, inputs):
        if row.fault:
            yield Answer(f"{row.place}: not readable: {row.fault}", is_error=True)
            continue
        if row.probabilities is None:
            answer = f"{row.value:.6g}"
        else:
            answer = f"{row.label} ({row.probabilities[row.label]:.3f})"
        doubt = f" ({'; '.join(row.remarks)})" if row.remarks else ""
        yield Answer(f"{row.place}: {answer}{doubt}")


def predict_rows(model: SavedModel, inputs: Sequence[str]) -> Iterator[RowPrediction]:
    """Predict rows, in the order given. An unreadable row does not stop the others.

    Args:
        model: A model of a table.
        inputs: Objects or lists of objects as JSON, and files that end in .csv, .tsv,
            .json, .jsonl or .parquet.

    Raises:
        UsageError: If the model does not record its data set, or that is no table.
    """
    facts = model.dataset
    if facts.table is None:
        raise UsageError(f"a model of {facts.name} takes {facts.item_kind.input}.")
    known = read_known_values(model.path, facts.table)
    for batch in _batches(find_rows(inputs, facts.table)):
        yield from _predict_batch(model, facts.table, batch, known)


def _batches(rows: Iterable[FoundRow]) -> Iterator[list[FoundRow]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, ROWS_AT_ONCE)):
        yield batch


def _predict_batch(
    model: SavedModel, layout: TableLayout, batch: list[FoundRow], known: KnownValues
) -> Iterator[RowPrediction]:
    read = [_read(row, layout) for row in batch]
    sound = [values for values, fault in read if not fault]
    outputs = iter(_outputs(model, layout, sound))
    for row, (values, fault) in zip(batch, read, strict=True):
        remarks = known.remarks(values)
        if fault:
            yield RowPrediction(row.place, fault=fault)
        elif layout.is_regression:
            value = float(next(outputs))
            yield RowPrediction(row.place, value=value, remarks=remarks)
        else:
            shares = (float(share) for share in next(outputs))
            pairs = zip(model.dataset.classes, shares, strict=True)
            yield RowPrediction(row.place, dict(pairs), remarks=remarks)


def _outputs(
    model: SavedModel, layout: TableLayout, rows: list[Mapping[str, Value]]
) -> NDArray[Any]:
    if not rows:
        return np.empty(0)
    inputs = {
        name: tf.constant(
            [row[name] for row in rows],
            tf.float32 if column.kind == "number" else tf.string,
        )
        for name, column in layout.columns.items()
    }
    outputs = model.signature(PREDICT_ROWS)(**inputs)
    found: NDArray[Any] = outputs[VALUE if VALUE in outputs else PROBABILITIES].numpy()
    return found


def _read(row: FoundRow, layout: TableLayout) -> tuple[Mapping[str, Value], str]:
    """Values of a row for the signature, and its fault."""
    if row.fault:
        return {}, row.fault
    values: dict[str, Value] = {}
    for name, column in layout.columns.items():
        try:
            values[name] = _value(row.cells[name], column, layout)
        except (ValueError, OverflowError):
            kind = {"number": "no number", "date": "no date"}.get(
                column.kind, "no text"
            )
            return {}, f"{name} is {kind}: {quote(row.cells[name])}"
    return values, ""


def _value(cell: Any, column: Column, layout: TableLayout) -> Value:
    """Convert what an input has to a value of the signature.

    Raises:
        ValueError: It is not of the kind of the column.
    """
    if isinstance(cell, str):
        cell = cell.strip()
    # NaN alone differs from itself.
    if cell is None or cell != cell or cell in layout.missing:
        return float("nan") if column.kind == "number" else ""
    if isinstance(cell, list | dict | bytes):
        raise ValueError("expected a single value.")
    if column.kind == "number":
        if isinstance(cell, str):
            return parse_number(cell, layout.decimal)
        return as_number(cell)
    if column.kind == "date":
        return _iso(cell, column.format)
    return as_text(cell)


def _iso(cell: Any, date_format: str) -> str:
    """Write a date in the form that the signature takes."""
    days = as_days(cell) if isinstance(cell, date) else _days(str(cell), date_format)
    return write_date(days)


def _days(text: str, date_format: str) -> float:
    try:
        return parse_date(text, date_format)
    except ValueError:
        # ISO 8601 is taken whatever the form in the file of the data set is.
        return parse_date(text)
