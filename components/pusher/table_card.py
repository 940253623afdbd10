# SPDX-License-Identifier: Apache-2.0
"""Part of a model card on the rows that a model of a table takes."""

import json
import shlex
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from components.contracts.signatures import PREDICT_CSV, PREDICT_ROWS
from components.contracts.table_layout import TableLayout
from components.core.records import read_record
from components.pusher.markdown import code, table

Record = Mapping[str, Any]

# Kind of a column -> how requests write it.
_FORMS: Final = {
    "number": "number; NaN if missing",
    "category": "text; empty if missing",
    "date": "text such as 2020-01-31, or 2020-01-31T12:30; empty if missing",
}
_EXAMPLES: Final = {"number": 1.0, "category": "text", "date": "2020-01-31"}


def describe_rows(
    recipe: str, dataset: Record, signature_examples: Sequence[Record]
) -> Iterable[str]:
    """Yield the parts on columns and requests; none for a model of other data.

    Args:
        recipe: Name of the recipe.
        dataset: Facts about the data set, from provenance.json.
        signature_examples: Recorded calls, for a row as an example.
    """
    if not dataset.get("table"):
        return
    layout = read_record(TableLayout, dataset["table"], "provenance.json")
    answer = "`value`" if layout.is_regression else "`probabilities` of the classes"
    yield "## Rows"
    yield table(
        ["place", "column", "header in the data", "kind", "unit"],
        [
            [str(place), code(name), layout.header(name), _FORMS[c.kind], c.unit or "-"]
            for place, (name, c) in enumerate(layout.columns.items(), 1)
        ],
    )
    yield (
        f"The answer is {answer}: {layout.target}. `{PREDICT_ROWS}` takes the columns "
        f"by their names; `{PREDICT_CSV}` takes lines without a header, with the "
        "columns in this order, commas between them and decimal points. A category "
        "that the model does not know counts as unknown. `model.keras` takes what the "
        "transform graph in this folder makes of the columns."
    )
    row = json.dumps(_first_row(layout, signature_examples))
    yield f"```bash\nprodl predict {recipe} {shlex.quote(row)}\n```"


def _first_row(layout: TableLayout, signature_examples: Sequence[Record]) -> Record:
    """A recorded row without a missing value, or one of made-up values."""
    for call in signature_examples:
        if call["signature"] == PREDICT_ROWS and "values" in _any(call["inputs"]):
            columns = {name: decode(call["inputs"][name]) for name in layout.columns}
            for values in zip(*columns.values(), strict=True):
                # NaN alone differs from itself.
                if all(value != "" and value == value for value in values):
                    return dict(zip(columns, values, strict=True))
    return {name: _EXAMPLES[column.kind] for name, column in layout.columns.items()}


def _any(inputs: Record) -> Any:
    return next(iter(inputs.values()))


def decode(tensor: Record) -> list[Any]:
    """Decode a recorded column."""
    if tensor["dtype"] == "string":
        return [b64decode(text).decode() for text in tensor["values"]]
    array = np.frombuffer(b64decode(tensor["values"]), tensor["dtype"])
    return [_shortest(value) for value in array.tolist()]


def _shortest(value: float) -> float | int:
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded
