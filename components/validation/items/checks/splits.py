# SPDX-License-Identifier: Apache-2.0
"""Checks on splits: their sizes, and the publisher's own split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.contracts.splits import SPLITS
from components.validation.check_settings import expect_known, expect_ordered
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_ranges,
    list_first,
    require_columns,
    table_check,
)


@dataclass(frozen=True)
class RowCounts(ItemCheck):
    """Splits have the expected number of items, faulty ones included."""

    splits: Mapping[str, tuple[int, int]]
    """Split, or several joined by `+` -> fewest and most items."""

    def __post_init__(self) -> None:
        expect_ordered(**self.splits)
        for name in self.splits:
            expect_known(name.split("+"), SPLITS, "unknown split")

    def wanted(self, classes: Sequence[str]) -> str:
        return describe_ranges(self.splits)

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {name: list(ends) for name, ends in self.splits.items()}
        return [table_check(row_counts, splits=limits)]


@dataclass(frozen=True)
class OfficialSplitPreserved(ItemCheck):
    """Items stay on their side of the publisher's split."""

    splits: Mapping[str, tuple[str, ...]]
    """Official split -> the project's splits that its items may be in."""

    def __post_init__(self) -> None:
        for ours in self.splits.values():
            expect_known(ours, SPLITS, "unknown split")

    def wanted(self, classes: Sequence[str]) -> str:
        worded = [f"official {o} in {' or '.join(s)}" for o, s in self.splits.items()]
        return ", ".join(worded)

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {name: list(ours) for name, ours in self.splits.items()}
        return [table_check(official_split_preserved, splits=limits)]


def row_counts(table: Table, splits: Mapping[str, Sequence[int]]) -> CheckResult:
    """Check the number of items of splits, faulty ones included.

    Args:
        table: Item table.
        splits: Split, or several joined by `+` -> fewest and most items.
    """
    require_columns(table, "split")
    sizes = table["split"].value_counts()
    found = {
        name: int(sum(sizes.get(part, 0) for part in name.split("+")))
        for name in splits
    }
    passed = all(splits[name][0] <= n <= splits[name][1] for name, n in found.items())
    return CheckResult(passed, ", ".join(f"{name} {n:,}" for name, n in found.items()))


def official_split_preserved(
    table: Table, splits: Mapping[str, Sequence[str]]
) -> CheckResult:
    """Check that items are in splits that the publisher's split allows.

    Args:
        table: Item table.
        splits: Official split -> the project's splits that its items may be in. An
            official split that is missing here fails; items without one may be in any.
    """
    require_columns(table, "split", "official_split", "item_id")
    pairs = table.loc[table["official_split"] != "", ["official_split", "split"]]
    moved = [
        split not in splits.get(official, ())
        for official, split in zip(pairs["official_split"], pairs["split"], strict=True)
    ]
    failing = table.loc[pairs.index[moved]].sort_values("item_id")
    kinds = (failing["official_split"] + " in " + failing["split"]).value_counts()
    received = list_first([f"official {kind}: {n:,}" for kind, n in kinds.items()])
    return CheckResult(not received, received or "all kept", tuple(failing["item_id"]))
