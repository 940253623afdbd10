# SPDX-License-Identifier: Apache-2.0
"""The model card says how rows are given to a model of a table."""

import json
import math
import shlex
from base64 import b64encode
from dataclasses import asdict

import numpy as np

from components.contracts.table_layout import Column, TableLayout
from components.pusher.table_card import describe_rows

LAYOUT = TableLayout(
    "species",
    {
        "wing": Column("number", header="Wing (mm)", unit="mm"),
        "island": Column("category"),
    },
)
# As provenance.json has it.
DATASET = {"table": json.loads(json.dumps(asdict(LAYOUT), sort_keys=True))}


def _recorded() -> list[dict[str, object]]:
    wings = b64encode(np.array([math.nan, 181.5], np.float32).tobytes()).decode()
    islands = [b64encode(text).decode() for text in (b"Dream", b"O'Neil")]
    inputs = {
        "island": {"dtype": "string", "shape": [2], "values": islands},
        "wing": {"dtype": "float32", "shape": [2], "values": wings},
    }
    return [{"signature": "predict_rows", "inputs": inputs, "outputs": {}}]


def test_columns_have_their_place_and_a_recorded_row_is_the_example() -> None:
    card = "\n\n".join(describe_rows("birds", DATASET, _recorded()))

    assert "| 1 | `wing` | Wing (mm) | number; NaN if missing | mm |" in card
    assert "| 2 | `island` | island |" in card
    command = next(line for line in card.splitlines() if line.startswith("prodl"))
    # The first row misses its wing.
    assert json.loads(shlex.split(command)[3]) == {"wing": 181.5, "island": "O'Neil"}


def test_card_of_other_data_has_no_rows() -> None:
    assert list(describe_rows("mnist-cnn", {"name": "mnist"}, [])) == []
