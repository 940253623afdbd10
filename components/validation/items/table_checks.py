# SPDX-License-Identifier: Apache-2.0
"""Questions about a whole item table, as plain functions over a pandas DataFrame.

They answer what no look at a single row can: who shares content, which class is absent.
`finding_expectation.py` hands them to Great Expectations.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from components.contracts.item_columns import COLUMNS, TEXT_COLUMNS
from components.contracts.splits import SPLITS
from components.validation.items.check_result import Finding, require
from components.validation.items.text_checks import (
    splits_are_blocks,
    vocabulary_coverage,
)

_EXAMPLES_NAMED: Final = 5
_KEY_NAMES: Final = {"content_sha256": "contents", "group": "groups"}


def key_in_one_split(table: Any, column: str) -> Finding:
    """Whether all sound items that share a key lie in one split; "" is no key.

    Args:
        table: Item table.
        column: The key: `content_sha256` or `group`.
    """
    require(table, column, "split", "item_id")
    # A faulty item reaches no split: it may be left out for this very reason.
    sound = table[table["fault"] == ""] if "fault" in table else table
    pairs = sound.loc[sound[column] != "", [column, "split"]].drop_duplicates()
    shared = pairs.loc[pairs[column].duplicated(), column].unique()
    failing = sound[sound[column].isin(shared)].sort_values([column, "item_id"])
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


def faults_by_reason(
    table: Any, max_shares: Mapping[str, float], max_other_share: float
) -> Finding:
    """Whether each reason takes out at most its part of the items.

    Args:
        table: Item table.
        max_shares: Reason -> largest part of the items.
        max_other_share: Largest part that all other reasons take out together.
    """
    counts = count_faults(table)
    total = max(1, len(table))
    others = sum(n for reason, n in counts.items() if reason not in max_shares)
    too_many = {r for r, n in counts.items() if n > max_shares.get(r, 1) * total}
    if others > max_other_share * total:
        too_many |= set(counts) - set(max_shares)
    shown = [f"{reason} {n:,}" for reason, n in counts.items()]
    reasons = table["fault"].map(fault_reason)
    failing = table.loc[reasons.isin(too_many), "item_id"].sort_values()
    received = ", ".join(shown) or "no fault"
    return Finding(not too_many, f"{received}, of {len(table):,} items", tuple(failing))


def count_faults(table: Any) -> dict[str, int]:
    """Faulty items by reason, the most frequent first."""
    require(table, "fault", "item_id")
    counts = table.loc[table["fault"] != "", "fault"].map(fault_reason).value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {str(reason): int(count) for reason, count in ordered}


def fault_reason(fault: str) -> str:
    """The reason of a fault without its details, which follow a colon."""
    return fault.partition(":")[0]


def group_sizes(table: Any, max_items: int) -> Finding:
    """Whether no group has more sound items than allowed.

    Args:
        table: Item table.
        max_items: Most items of a group.
    """
    sound = _grouped(table)
    sizes = sound["group"].value_counts()
    failing = sound[sound["group"].isin(sizes[sizes > max_items].index)]
    several = int((sizes > 1).sum())
    largest = int(sizes.max()) if len(sizes) else 0
    received = f"groups of several: {several:,}, the largest has {largest:,}"
    ids = failing.sort_values(["group", "item_id"])["item_id"]
    return Finding(not len(failing), received, tuple(ids))


def label_conflicts(table: Any, max_groups: int) -> Finding:
    """Whether few groups only have sound items of more than one label.

    Args:
        table: Item table.
        max_groups: Most groups that may.
    """
    failing = conflicting(table)
    count = int(failing["group"].nunique())
    received = f"groups with several labels: {count:,}"
    return Finding(count <= max_groups, received, tuple(failing["item_id"]))


def conflicting(table: Any) -> Any:
    """The sound items of groups with more than one label, group by group."""
    require(table, "label")
    sound = _grouped(table)
    labels = sound.groupby("group")["label"].nunique()
    found = sound[sound["group"].isin(labels[labels > 1].index)]
    return found.sort_values(["group", "item_id"])


def _grouped(table: Any) -> Any:
    require(table, "group", "fault", "item_id")
    return table[(table["fault"] == "") & (table["group"] != "")]


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
        faults_by_reason,
        group_sizes,
        label_conflicts,
    )
}


def _first(phrases: Sequence[str]) -> str:
    more = len(phrases) - _EXAMPLES_NAMED
    named = ", ".join(phrases[:_EXAMPLES_NAMED])
    return f"{named} and {more} more" if more > 0 else named
