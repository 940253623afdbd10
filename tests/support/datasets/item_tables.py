# SPDX-License-Identifier: Apache-2.0
"""Item tables of a table data set: drawn measurements of three kinds of birds."""

import hashlib
from typing import Final

import numpy as np
import pandas as pd

from components.contracts.modality import Modality, find_modality
from components.contracts.table_layout import Column, TableLayout

CLASSES: Final = ("auk", "gull", "tern")
SIZES: Final = {"train": 180, "validation": 60, "test": 60}
_COLUMNS: Final = {
    "bill": Column("number", unit="mm"),
    "mass": Column("number", unit="g"),
    "seen": Column("date"),
    "island": Column("category"),
}


def birds_layout(target_kind: str = "class") -> TableLayout:
    """Columns of the birds; a bird's class is to be predicted, or its age."""
    if target_kind == "class":
        return TableLayout(target="kind", columns=_COLUMNS)
    return TableLayout(target="age", columns=_COLUMNS, target_kind="number")


def birds_modality(target_kind: str = "class") -> Modality:
    """What an item of that table is."""
    return find_modality("table", birds_layout(target_kind))


def draw_birds(target_kind: str = "class") -> pd.DataFrame:
    """Three hundred birds without a fault, 2 % of their masses and islands missing."""
    rng = np.random.default_rng(0)
    total = sum(SIZES.values())
    kind = np.arange(total) % 3
    table = pd.DataFrame(
        {
            "item_id": [f"birds/{number:07d}" for number in range(total)],
            "split": np.repeat(list(SIZES), list(SIZES.values())),
            "official_split": "",
            "label": np.array(CLASSES)[kind],
            "fault": "",
            "bill": (40 + 4 * kind + rng.normal(0, 3, total)).round(1),
            "mass": (4000 + 300 * kind + rng.normal(0, 400, total)).round(),
            "seen": (14_000 + rng.integers(0, 900, total)).astype(float),
            "island": rng.choice(["Biscoe", "Dream", "Skua"], total),
        }
    )
    for name in ("mass", "island"):
        table.loc[rng.choice(total, total // 50, replace=False), name] = None
    if target_kind == "number":
        table["target"] = (2 * kind + rng.exponential(3.0, total)).round(2)
        table["label"] = ""
    return hash_rows(table)


def hash_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the hash and the group of each row, as in Ingest."""
    values = table[list(_COLUMNS)].astype(str).agg("|".join, axis=1)
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in values]
    return table.assign(content_sha256=hashes, group=hashes)
