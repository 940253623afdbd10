# SPDX-License-Identifier: Apache-2.0
"""Checks on labels: known, present in every split, balanced."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from components.contracts.splits import SPLITS
from components.validation.check_settings import expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_names,
    describe_share,
    list_first,
    require_columns,
    table_check,
    values_in_set,
)


@dataclass(frozen=True)
class LabelsAreKnown(ItemCheck):
    """Every label is one of the classes."""

    needs_classes: ClassVar[bool] = True

    max_unknown_share: float
    """Share of the items that may have another label, or none, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_unknown_share", self.max_unknown_share)

    def wanted(self, classes: Sequence[str]) -> str:
        share = describe_share(self.max_unknown_share)
        return f"{share} with another label than {describe_names(classes)}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [values_in_set("label", classes, self.max_unknown_share)]


@dataclass(frozen=True)
class EveryClassPresent(ItemCheck):
    """Each split has sound items of each class."""

    needs_classes: ClassVar[bool] = True

    min_items: int
    """Fewest sound items of each class in each split."""

    def wanted(self, classes: Sequence[str]) -> str:
        num = len(classes)
        return f"at least {self.min_items:,} of each of {num} classes per split"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {"classes": list(classes), "min_items": self.min_items}
        return [table_check(every_class_present, **limits)]


@dataclass(frozen=True)
class ClassBalance(ItemCheck):
    """No class of a split is much larger than another."""

    needs_classes: ClassVar[bool] = True

    max_ratio: float
    """Size of the largest class divided by that of the smallest, within a split."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"largest class / smallest <= {self.max_ratio:g} per split"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {"classes": list(classes), "max_ratio": self.max_ratio}
        return [table_check(class_balance, **limits)]


@dataclass(frozen=True)
class EveryLabelOccurs(ItemCheck):
    """Each label occurs in some split."""

    needs_classes: ClassVar[bool] = True

    def wanted(self, classes: Sequence[str]) -> str:
        return f"each of {describe_names(classes)} in some split"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(every_label_occurs, classes=list(classes))]


def every_class_present(
    table: Table, classes: Sequence[str], min_items: int
) -> CheckResult:
    """Check that every split has enough sound items of every class.

    Args:
        table: Item table.
        classes: Classes that must occur.
        min_items: Fewest sound items of each class in each split.
    """
    counts = count_classes(table, classes)
    short = [
        f"class {name}: {counts.loc[split, name]:,} in {split}"
        for split in counts.index
        for name in classes
        if counts.loc[split, name] < min_items
    ]
    fewest = f"at least {counts.to_numpy().min():,} of each class in each split"
    return CheckResult(not short, list_first(short) or fewest)


def class_balance(
    table: Table, classes: Sequence[str], max_ratio: float
) -> CheckResult:
    """Check the ratio of the largest class to the smallest in each split.

    Args:
        table: Item table.
        classes: Classes that are counted.
        max_ratio: Largest ratio allowed.
    """
    counts = count_classes(table, classes)
    ratios = {
        split: row.max() / row.min() if row.min() else float("inf")
        for split, row in counts.iterrows()
        if row.max()
    }
    worded = {
        s: f"{r:.3g}" if r < float("inf") else "infinite" for s, r in ratios.items()
    }
    received = ", ".join(f"{ratio} in {split}" for split, ratio in worded.items())
    passed = bool(ratios) and all(ratio <= max_ratio for ratio in ratios.values())
    return CheckResult(passed, received or "no sound item of any class")


def every_label_occurs(table: Table, classes: Sequence[str]) -> CheckResult:
    """Check that each label occurs in some split.

    Args:
        table: Item table.
        classes: The labels.
    """
    require_columns(table, "label")
    absent = [name for name in classes if name not in set(table["label"])]
    return CheckResult(not absent, f"missing: {', '.join(absent)}" if absent else "all")


def count_classes(table: Table, classes: Sequence[str]) -> Table:
    """Count sound items per split (rows) and class (columns), zeros included."""
    require_columns(table, "split", "label", "fault")
    sound = table[table["fault"] == ""]
    counts = sound.groupby(["split", "label"]).size().unstack(fill_value=0)
    return counts.reindex(index=list(SPLITS), columns=list(classes), fill_value=0)
