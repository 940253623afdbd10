# SPDX-License-Identifier: Apache-2.0
"""Figures of ratings for the page of a data set: long tail, scale, hit lists."""

from typing import Any, Final

import pandas as pd

from components.contracts.features import ITEM, TARGET, TIME, TITLE, USER
from components.contracts.splits import SPLITS
from components.contracts.table_layout import Column, TableLayout
from components.validation.items.columns import describe_columns

_SECONDS_PER_DAY: Final = 86_400
# Points of a curve on the page.
_POINTS: Final = 200
_LISTED: Final = 10
# Ratings of an item without which its mean says little.
_FEWEST: Final = 20
_COLUMNS: Final = frozenset({USER, ITEM, TITLE, TIME, TARGET, "fault", "split"})


def describe_ratings(table: pd.DataFrame) -> dict[str, Any]:
    """Describe the ratings of an item table as values that JSON can hold.

    Args:
        table: Item table; one that lacks a column gives nothing.
    """
    if not set(table) >= _COLUMNS:
        return {}
    rows = table[table["fault"] == ""]
    if rows.empty:
        return {}
    layout = TableLayout(
        target="rating",
        target_kind="number",
        columns={USER: Column("category"), ITEM: Column("category")},
    )
    has_times = int(rows[TIME].max()) > 100 * _SECONDS_PER_DAY
    if has_times:
        columns = {**layout.columns, TIME: Column("date")}
        layout = TableLayout("rating", columns, "number")
    found = describe_columns(with_days(table), layout)
    for name in (USER, ITEM):
        found["columns"][name]["kind"] = "identifier"
    return {**found, "ratings": _figures(rows)}


def with_days(table: pd.DataFrame) -> pd.DataFrame:
    """Return an item table of ratings with times in days since 1970, as dates are."""
    if TIME not in table:
        return table
    return table.assign(**{TIME: table[TIME] / _SECONDS_PER_DAY})


def _figures(rows: pd.DataFrame) -> dict[str, Any]:
    by_item = rows.groupby(ITEM)[TARGET].agg(["size", "mean"])
    titles = rows.groupby(ITEM)[TITLE].max()
    by_user = rows.groupby(USER)[TARGET].agg(["size", "mean"])
    frequent = by_item[by_item["size"] >= _FEWEST]
    values = sorted(rows[TARGET].unique())
    return {
        "num_users": len(by_user),
        "num_items": len(by_item),
        "num_ratings": len(rows),
        "filled": len(rows) / (len(by_user) * len(by_item)),
        "mean": float(rows[TARGET].mean()),
        "values": [float(value) for value in values],
        "shares": {
            split: _shares(rows.loc[rows["split"] == split, TARGET], values)
            for split in SPLITS
        },
        "item_tail": _tail(by_item["size"]),
        "user_tail": _tail(by_user["size"]),
        "top_fifth": _top_share(by_item["size"], 0.2),
        "fewest": _FEWEST,
        "most_rated": _list(by_item.sort_values("size", ascending=False), titles),
        "best_rated": _list(frequent.sort_values("mean", ascending=False), titles),
        "worst_rated": _list(frequent.sort_values("mean"), titles),
        "users": [
            [str(user), int(size), float(mean)]
            for user, size, mean in by_user.sort_values("size", ascending=False)
            .head(_LISTED)
            .itertuples()
        ],
    }


def _shares(part: Any, values: list[float]) -> list[float]:
    counts = part.value_counts().reindex(values, fill_value=0)
    return [float(count / max(1, len(part))) for count in counts]


def _tail(sizes: Any) -> dict[str, list[float]]:
    """Ratings by rank, the most rated first, at no more than `_POINTS` ranks."""
    ordered = sorted((int(size) for size in sizes), reverse=True)
    step = max(1, len(ordered) // _POINTS)
    ranks = sorted({*range(0, len(ordered), step), len(ordered) - 1})
    return {
        "rank": [float(rank + 1) for rank in ranks],
        "count": [float(ordered[rank]) for rank in ranks],
    }


def _top_share(sizes: Any, share: float) -> float:
    ordered = sizes.sort_values(ascending=False)
    count = max(1, round(share * len(ordered)))
    return float(ordered.head(count).sum() / ordered.sum())


def _list(rows: pd.DataFrame, titles: Any) -> list[list[Any]]:
    return [
        [str(item), str(titles[item]), int(row["size"]), float(row["mean"])]
        for item, row in rows.head(_LISTED).iterrows()
    ]
