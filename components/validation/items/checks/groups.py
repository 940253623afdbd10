# SPDX-License-Identifier: Apache-2.0
"""Checks on groups of items that must stay together in a split.

A group holds equal images, near-duplicates, or the images of one patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from components.contracts.features import LABEL, TARGET
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    require_columns,
    table_check,
)


@dataclass(frozen=True)
class GroupsAreSmall(ItemCheck):
    """No group is so large that the sizes of the splits suffer."""

    max_items: int
    """Most sound items of one group."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at most {self.max_items:,} items in a group"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(group_sizes, max_items=self.max_items)]


@dataclass(frozen=True)
class LabelsAgreeInGroups(ItemCheck):
    """The items of a group have one label."""

    max_groups: int
    """Most groups that may have more than one label."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at most {self.max_groups:,} groups with several labels"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(label_conflicts, max_groups=self.max_groups)]


def group_sizes(table: Table, max_items: int) -> CheckResult:
    """Check the number of sound items of each group.

    Args:
        table: Item table.
        max_items: Most items of a group.
    """
    sound = grouped_items(table)
    sizes = sound["group"].value_counts()
    failing = sound[sound["group"].isin(sizes[sizes > max_items].index)]
    several = int((sizes > 1).sum())
    largest = int(sizes.max()) if len(sizes) else 0
    received = f"groups of several: {several:,}, the largest has {largest:,}"
    ids = failing.sort_values(["group", "item_id"])["item_id"]
    return CheckResult(not len(failing), received, tuple(ids))


def label_conflicts(table: Table, max_groups: int) -> CheckResult:
    """Check the number of groups whose sound items have more than one label.

    Args:
        table: Item table.
        max_groups: Most such groups.
    """
    failing = conflicting_items(table)
    count = int(failing["group"].nunique())
    received = f"groups with several labels: {count:,}"
    return CheckResult(count <= max_groups, received, tuple(failing["item_id"]))


def conflicting_items(table: Table) -> Table:
    """Select the sound items of groups with more than one label, group by group.

    Where a number is to be predicted, it is the label.
    """
    answer = TARGET if TARGET in table else LABEL
    require_columns(table, answer)
    sound = grouped_items(table)
    labels = sound.groupby("group")[answer].nunique()
    found = sound[sound["group"].isin(labels[labels > 1].index)]
    return found.sort_values(["group", "item_id"])


def grouped_items(table: Table) -> Table:
    """Select the sound items that have a group."""
    require_columns(table, "group", "fault", "item_id")
    return table[(table["fault"] == "") & (table["group"] != "")]
