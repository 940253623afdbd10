# SPDX-License-Identifier: Apache-2.0
"""Counts that describe an item table: classes, faults, duplicates, groups, blocks."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from components.contracts.modality import Modality
from components.contracts.splits import SPLITS
from components.validation.items.checks.faults import count_faults
from components.validation.items.checks.groups import conflicting_items, grouped_items

_OTHER: Final = "other"
_ALL: Final = "all rows"
_BLOCK_COLUMNS: Final = frozenset(
    {"item_id", "split", "position", "num_words", "num_characters"}
)
_GROUP_COLUMNS: Final = frozenset({"item_id", "label", "split", "group", "fault"})


def summarise_table(
    table: pd.DataFrame, modality: Modality, classes: Sequence[str], listed: int
) -> dict[str, Any]:
    """Summarise a table as values that JSON can hold.

    Args:
        table: Item table.
        modality: What an item is.
        classes: Labels that may occur.
        listed: Most sets of equal items that are listed.
    """
    return {
        "num_items": len(table),
        "num_faulty": _count_filled(table, "fault"),
        "num_converted": _count_filled(table, "conversion"),
        "num_repeated": len(find_repeated(table)),
        "counts": count_items(table, classes).to_dict(orient="index"),
        "faults": count_faults(table) if {"item_id", "fault"} <= set(table) else {},
        **_list_repeated(table, listed),
        "groups": _describe_groups(table),
        "blocks": _describe_blocks(table) if modality.split_by == "position" else {},
    }


def count_items(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Count items per class (rows) and split (columns), faulty ones included.

    Items of unknown classes are counted in a last row `other`, if there are any. Where
    there are no classes, all are counted in one row.
    """
    if not classes and "split" in table:
        sizes = table["split"].value_counts().reindex(list(SPLITS), fill_value=0)
        return pd.DataFrame([sizes], index=[_ALL]).astype(int)
    if not {"split", "label"} <= set(table):
        return pd.DataFrame(0, index=list(classes), columns=list(SPLITS))
    counts = table.groupby(["label", "split"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(SPLITS), fill_value=0)
    known = counts.reindex(list(classes), fill_value=0)
    others = counts.drop(index=list(classes), errors="ignore").sum()
    if others.sum():
        known.loc[_OTHER] = others
    return known.astype(int)


def find_repeated(table: pd.DataFrame) -> pd.DataFrame:
    """Select the items whose content occurs more than once, in any split."""
    if not {"content_sha256", "item_id"} <= set(table):
        return table.head(0)
    known = table[table["content_sha256"] != ""]
    return known[known["content_sha256"].duplicated(keep=False)]


def _count_filled(table: pd.DataFrame, column: str) -> int:
    return int((table[column] != "").sum()) if column in table else 0


def _list_repeated(table: pd.DataFrame, listed: int) -> dict[str, Any]:
    """List the first sets of items with equal content: identifier, split, label."""
    found = find_repeated(table)
    if found.empty:
        return {"repeated": [], "num_repeated_contents": 0}
    sets = sorted(
        same[["item_id", "split", "label"]].to_numpy().tolist()
        for _, same in found.groupby("content_sha256")
    )
    return {"repeated": sets[:listed], "num_repeated_contents": len(sets)}


def _describe_groups(table: pd.DataFrame) -> dict[str, int]:
    """Count the groups of two items or more; empty if there are none."""
    if not set(table) >= _GROUP_COLUMNS:
        return {}
    sizes = grouped_items(table)["group"].value_counts()
    sizes = sizes[sizes > 1]
    if sizes.empty:
        return {}
    return {
        "num_groups": len(sizes),
        "num_items": int(sizes.sum()),
        "largest": int(sizes.max()),
        "num_conflicting": int(conflicting_items(table)["group"].nunique()),
    }


def _describe_blocks(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Describe the block of each split of a text.

    Returns:
        Split, and `all` -> paragraphs, tokens, characters, first and last paragraph;
        empty if the table lacks a column, which a check refuses.
    """
    if not set(table) >= _BLOCK_COLUMNS:
        return {}
    ordered = table.sort_values("position")
    blocks = {split: ordered[ordered["split"] == split] for split in SPLITS}
    return {
        name: _describe(block) for name, block in {**blocks, "all": ordered}.items()
    }


def _describe(block: pd.DataFrame) -> list[Any]:
    ids = list(block["item_id"])
    sizes = [int(block[name].sum()) for name in ("num_words", "num_characters")]
    return [len(ids), *sizes, *((ids[0], ids[-1]) if ids else ("", ""))]
