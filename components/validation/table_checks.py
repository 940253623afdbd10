# SPDX-License-Identifier: Apache-2.0
"""Questions about a whole item table, as plain functions over a pandas DataFrame.

They answer what no look at a single row can: who shares content, which class is absent.
`finding_expectation.py` hands them to Great Expectations.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from components.items import COLUMNS, SPLITS, TEXT_COLUMNS
from components.validation.finding import Finding, require
from components.validation.text_checks import splits_are_blocks, vocabulary_coverage

_EXAMPLES_NAMED: Final = 5
_KEY_NAMES: Final = {"content_sha256": "contents", "group": "groups"}


def key_in_one_split(table: Any, column: str) -> Finding:
    """Whether all items that share a key lie in one split; an empty key is no key.

    Args:
        table: Item table.
        column: The key: `content_sha256` or `group`.
    """
    require(table, column, "split", "item_id")
    pairs = table.loc[table[column] != "", [column, "split"]].drop_duplicates()
    shared = pairs.loc[pairs[column].duplicated(), column].unique()
    failing = table[table[column].isin(shared)].sort_values([column, "item_id"])
    received = f"shared {_KEY_NAMES.get(column, column)}: {len(shared):,}"
    return Finding(not len(shared), received, tuple(failing["item_id"]))


def every_class_present(table: Any, classes: Sequence[str], min_items: int) -> Finding:
    """Whether every split has enough sound items of every class.

    Args:
        table: Item table.
        classes: Names that must occur.
        min_items: Sound items that each needs in each split.
    """
    counts = class_counts(table, classes)
    short = [
        f"class {name}: {counts.loc[split, name]:,} in {split}"
        for split in counts.index
        for name in classes
        if counts.loc[split, name] < min_items
    ]
    fewest = f"at least {counts.to_numpy().min():,} of each class in each split"
    return Finding(not short, _first(short) or fewest)


def class_balance(table: Any, classes: Sequence[str], max_ratio: float) -> Finding:
    """Whether the largest class is at most so many times the smallest, per split.

    Args:
        table: Item table.
        classes: Names that are counted.
        max_ratio: Largest count divided by smallest.
    """
    counts = class_counts(table, classes)
    ratios = {
        split: row.max() / row.min() if row.min() else float("inf")
        for split, row in counts.iterrows()
        if row.max()
    }
    shown = {
        s: f"{r:.3g}" if r < float("inf") else "infinite" for s, r in ratios.items()
    }
    received = ", ".join(f"{ratio} in {split}" for split, ratio in shown.items())
    holds = bool(ratios) and all(ratio <= max_ratio for ratio in ratios.values())
    return Finding(holds, received or "no sound item of any class")


def every_label_occurs(table: Any, classes: Sequence[str]) -> Finding:
    """Whether each label occurs in some split.

    Args:
        table: Item table.
        classes: The labels.
    """
    require(table, "label")
    absent = [name for name in classes if name not in set(table["label"])]
    return Finding(not absent, f"missing: {', '.join(absent)}" if absent else "all")


def row_counts(table: Any, splits: Mapping[str, Sequence[int]]) -> Finding:
    """Whether splits have so many items, faulty ones included.

    Args:
        table: Item table.
        splits: Split, or several joined by `+` -> fewest and most items.
    """
    require(table, "split")
    sizes = table["split"].value_counts()
    found = {
        name: int(sum(sizes.get(part, 0) for part in name.split("+")))
        for name in splits
    }
    holds = all(splits[name][0] <= n <= splits[name][1] for name, n in found.items())
    return Finding(holds, ", ".join(f"{name} {n:,}" for name, n in found.items()))


def official_split_preserved(
    table: Any, splits: Mapping[str, Sequence[str]]
) -> Finding:
    """Whether items lie only where the publisher's split allows.

    Args:
        table: Item table.
        splits: Official split -> our splits that its items may lie in. An official
            split that is not named here fails; items without one are free.
    """
    require(table, "split", "official_split", "item_id")
    pairs = table.loc[table["official_split"] != "", ["official_split", "split"]]
    moved = [
        split not in splits.get(official, ())
        for official, split in zip(pairs["official_split"], pairs["split"], strict=True)
    ]
    failing = table.loc[pairs.index[moved]].sort_values("item_id")
    kinds = (failing["official_split"] + " in " + failing["split"]).value_counts()
    received = [f"official {kind}: {n:,}" for kind, n in kinds.items()]
    return Finding(
        not received, _first(received) or "all kept", tuple(failing["item_id"])
    )


def fill_texts(table: Any) -> Any:
    """A copy of the table in which a missing text is the empty one.

    Args:
        table: Item table; its rows are numbered anew.
    """
    filled = table.reset_index(drop=True)
    for name, kind in {**COLUMNS, **TEXT_COLUMNS}.items():
        if kind == "string" and name in filled:
            filled[name] = filled[name].astype(object).fillna("")
    return filled


def class_counts(table: Any, classes: Sequence[str]) -> Any:
    """Sound items per split and class, zeros included, as a DataFrame."""
    import pandas

    require(table, "split", "label", "fault")
    sound = table[table["fault"] == ""]
    counts = pandas.crosstab(sound["split"], sound["label"])
    return counts.reindex(index=list(SPLITS), columns=list(classes), fill_value=0)


TABLE_CHECKS: Final[Mapping[str, Callable[..., Finding]]] = {
    check.__name__: check
    for check in (
        key_in_one_split,
        every_class_present,
        class_balance,
        row_counts,
        official_split_preserved,
        every_label_occurs,
        splits_are_blocks,
        vocabulary_coverage,
    )
}


def _first(phrases: Sequence[str]) -> str:
    more = len(phrases) - _EXAMPLES_NAMED
    named = ", ".join(phrases[:_EXAMPLES_NAMED])
    return f"{named} and {more} more" if more > 0 else named
