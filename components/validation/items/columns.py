# SPDX-License-Identifier: Apache-2.0
"""Figures of the columns of a table, by split, for the page of a data set."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from components.contracts.features import LABEL, TARGET
from components.contracts.splits import SPLITS
from components.contracts.table_layout import TableLayout
from components.core.number_format import are_years
from components.validation.items.checks.leakage import explained_share

_BINS: Final = 24
# Range of numbers below which no bins can be told apart.
_TINY: Final = 1e-290
_ROUNDING: Final = 1e-12
_CATEGORIES: Final = 15
_QUANTILES: Final = {"min": 0.0, "q25": 0.25, "median": 0.5, "q75": 0.75, "max": 1.0}


def describe_columns(table: pd.DataFrame, layout: TableLayout) -> dict[str, Any]:
    """Describe every column of a table, and a target that is a number.

    Args:
        table: Item table; a column that it lacks is left out.
        layout: The columns.

    Returns:
        `columns` and, where a number is to be predicted, `target`: name -> figures that
        JSON can hold.
    """
    if not {"fault", "split"} <= set(table):
        return {}
    rows = table[table["fault"] == ""]
    answer = TARGET if layout.is_regression else LABEL
    columns = {
        name: {
            "kind": column.kind,
            "unit": column.unit,
            "header": layout.header(name),
            "explains": explained_share(rows, name, answer) if answer in rows else None,
            **_describe(rows, name),
        }
        for name, column in layout.columns.items()
        if name in rows
    }
    if not layout.is_regression or TARGET not in rows:
        return {"columns": columns}
    target = {"kind": "number", "header": layout.target, **_describe(rows, TARGET)}
    return {"columns": columns, "target": target}


def _describe(rows: pd.DataFrame, name: str) -> dict[str, Any]:
    parts = {split: rows.loc[rows["split"] == split, name] for split in SPLITS}
    is_number = pd.api.types.is_numeric_dtype(rows[name])
    return {
        "missing": {split: int(part.isna().sum()) for split, part in parts.items()},
        "rows": {split: len(part) for split, part in parts.items()},
        "distinct": int(rows[name].nunique()),
        "are_years": is_number and are_years(rows[name].dropna().unique(), name),
        **(_numbers(parts, rows[name]) if is_number else _texts(parts, rows[name])),
    }


def _numbers(parts: Mapping[str, "pd.Series[Any]"], values: Any) -> dict[str, Any]:
    known = values[np.isfinite(values.to_numpy(dtype=float))].to_numpy(dtype=float)
    if not len(known):
        return {"quantiles": {}, "edges": [], "counts": {}}
    edges = _edges(known)
    counts = {
        split: np.histogram(part.dropna(), edges)[0].tolist()
        for split, part in parts.items()
    }
    quantiles = {
        split: {word: float(part.quantile(share)) for word, share in _QUANTILES.items()}
        for split, part in parts.items()
        if part.notna().any()
    }
    return {"quantiles": quantiles, "edges": edges.tolist(), "counts": counts}


def _edges(known: Any) -> Any:
    """Edges of bins of one width: a bin per value for few whole numbers."""
    low, high = float(known.min()), float(known.max())
    if high - low <= max(_TINY, _ROUNDING * max(abs(low), abs(high))):
        # Around one number; a bar of no width would be of no height.
        margin = max(0.5, abs(low) / 1000)
        return np.array([low - margin, high + margin])
    if high - low < _BINS and np.equal(known, np.round(known)).all():
        return np.arange(low - 0.5, high + 1)
    return np.linspace(low, high, _BINS + 1)


def _texts(parts: Mapping[str, "pd.Series[Any]"], values: Any) -> dict[str, Any]:
    """Counts of the most frequent texts, in all splits, and of the others together."""
    frequent = values.value_counts().sort_index(kind="stable")
    frequent = frequent.sort_values(ascending=False, kind="stable").head(_CATEGORIES)
    names = [str(name) for name in frequent.index]
    others = values.nunique() - len(names)
    counts = {}
    for split, part in parts.items():
        found = part.value_counts().reindex(frequent.index, fill_value=0)
        rest = int(part.notna().sum() - found.sum())
        counts[split] = [*map(int, found), *([rest] if others else [])]
    more = [f"{others:,} others"] if others else []
    return {"labels": [*names, *more], "counts": counts}
