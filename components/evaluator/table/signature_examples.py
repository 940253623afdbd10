# SPDX-License-Identifier: Apache-2.0
"""Recorded calls of the signatures of a model of a table, for the pushed model."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import (
    CSV,
    PREDICT_CSV,
    PREDICT_ROWS,
    SERVING_DEFAULT,
)
from components.contracts.table_layout import TableLayout
from components.contracts.table_values import write_date
from components.evaluator.signature_examples import SignatureExample, record_call
from components.evaluator.table.rows import MISSING_TEXT, TableRows
from components.serving.saved_model import SavedModel


def record_calls(
    model: SavedModel,
    layout: TableLayout,
    rows: TableRows,
    serialized: list[bytes],
    outputs: Mapping[str, Any],
) -> list[SignatureExample]:
    """Record the outputs of each signature for the first rows of a split.

    Args:
        model: The exported model.
        layout: Columns of the table.
        rows: The split.
        serialized: Its first examples.
        outputs: What `serving_default` returned for them.
    """
    calls = [SignatureExample(SERVING_DEFAULT, {"examples": serialized}, outputs)]
    count = len(serialized)
    if model.has_signature(PREDICT_ROWS):
        inputs = _inputs(layout, rows, count)
        calls.append(record_call(model, PREDICT_ROWS, **inputs))
    if model.has_signature(PREDICT_CSV):
        lines = _csv_lines(layout, rows, count)
        calls.append(record_call(model, PREDICT_CSV, **{CSV: lines}))
    return calls


def _inputs(layout: TableLayout, rows: TableRows, count: int) -> dict[str, Any]:
    """One value per row and column, as `predict_rows` takes them."""
    return {
        name: rows.columns[name][:count].astype(np.float32)
        if column.kind == "number"
        else [text.encode() for text in _texts(layout, name, rows, count)]
        for name, column in layout.columns.items()
    }


def _csv_lines(layout: TableLayout, rows: TableRows, count: int) -> list[bytes]:
    columns = [_texts(layout, name, rows, count) for name in layout.columns]
    lines = []
    for row in zip(*columns, strict=True):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(row)
        lines.append(line.getvalue().encode())
    return lines


def _texts(layout: TableLayout, name: str, rows: TableRows, count: int) -> list[str]:
    values: NDArray[Any] = rows.columns[name][:count]
    kind = layout.columns[name].kind
    if kind == "category":
        return [str(value) for value in values]
    written = write_date if kind == "date" else _number
    return [
        MISSING_TEXT if np.isnan(value) else written(float(value)) for value in values
    ]


def _number(value: float) -> str:
    # Seven digits would lose a float32; nine never do.
    return f"{value:.9g}"
