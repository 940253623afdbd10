# SPDX-License-Identifier: Apache-2.0
"""Groups and splits of items, apart from Beam: `prodl new data` shows the same ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.contracts.features import TIME, USER
from components.contracts.modality import Modality
from components.contracts.splits import TRAIN
from components.ingest.beam.duplicate_groups import (
    DuplicateGroups,
    GroupKeys,
    find_groups,
)
from components.ingest.beam.split import (
    SplitRule,
    assign_split,
    is_official_test,
    split_by_position,
)
from components.ingest.beam.stratify import Member, deal_groups
from components.ingest.beam.time_split import split_by_time
from components.ingest.item import Item
from components.ingest.readers.reader import (
    find_reader,
    groups_near_duplicates,
    load_reader,
)
from components.ingest.source_list import SourceList


@dataclass(frozen=True)
class Row:
    """A row of the item table: an item with its group and split."""

    item: Item
    """The item."""

    group: str
    """Group of items that must get the same split; "" for none."""

    split: str
    """Split of the item, also of a faulty one."""


@dataclass(frozen=True)
class SplitPlan:
    """How the items of a data set are grouped and split."""

    item_kind: Modality
    """What an item is, and whether it is split by its place."""

    rule: SplitRule
    """Parameters of the splits."""

    keeps_groups: bool
    """Whether items are grouped by more than equal content."""

    @property
    def needs_all_items(self) -> bool:
        """Whether all items must be known before one is assigned to a split."""
        if self.item_kind.split_by == "position":
            return False
        if self.item_kind.split_by == "time":
            return True
        return self.keeps_groups or self.rule.is_stratified

    def group(self, keys: Sequence[GroupKeys]) -> DuplicateGroups:
        """Find the groups among the sound items, and the splits of a stratified one.

        Args:
            keys: One per sound item, in the order of items.
        """
        if not self.needs_all_items:
            return DuplicateGroups({}, {})
        if self.item_kind.split_by == "time":
            return split_by_time(keys, self.rule)
        groups = find_groups(keys)
        if not self.keeps_groups:
            # Equal items alone are for the checks to find, as without a stratified
            # split.
            groups = replace(groups, test_leaks={})
        if not self.rule.is_stratified:
            return groups
        members = (
            Member(_group_of(key, groups), key.label, key.target)
            for key in keys
            if not key.is_test and key.item_id not in groups.test_leaks
        )
        return replace(groups, splits=deal_groups(members, self.rule))

    def assign(self, item: Item, groups: DuplicateGroups) -> Row:
        """Return the row of an item; one that belongs with a test item has a fault.

        Args:
            item: The item.
            groups: Result of `group`.
        """
        if self.item_kind.split_by == "position":
            return Row(item, "", split_by_position(item.preceding_share, self.rule))
        if self.item_kind.split_by == "time":
            if later := groups.superseded.get(item.item_id):
                item = replace(item, fault=f"rated again: {later}")
            return Row(item, "", groups.splits.get(item.item_id, TRAIN))
        group = _group_of(item, groups)
        if test_item := groups.test_leaks.get(item.item_id):
            item = replace(item, fault=f"belongs with a test item: {test_item}")
        dealt = groups.splits.get(group)
        if dealt and not item.fault and not is_official_test(item.official_split):
            return Row(item, group, dealt)
        # An item that could not be decoded has no content hash.
        key = group or item.item_id
        return Row(item, group, assign_split(item.official_split, key, self.rule))

    def split(self, items: Sequence[Item]) -> tuple[list[Row], DuplicateGroups]:
        """Group and split items that are all in memory.

        Args:
            items: All items, also faulty ones.

        Returns:
            Their rows, in the same order, and the groups.
        """
        groups = self.group([group_keys(item) for item in items if not item.fault])
        return [self.assign(item, groups) for item in items], groups


def plan_splits(source_list: SourceList, rule: SplitRule) -> SplitPlan:
    """Return how the items of a data set are grouped and split.

    Args:
        source_list: The data set.
        rule: Parameters of the splits.
    """
    reader = load_reader(find_reader(source_list))
    keeps_groups = bool(source_list.group_by) or groups_near_duplicates(reader)
    return SplitPlan(source_list.item_kind, rule, keeps_groups)


def group_keys(item: Item) -> GroupKeys:
    """Return the keys by which an item is grouped and dealt."""
    return GroupKeys(
        item_id=item.item_id,
        content_sha256=item.content_sha256,
        perceptual_hash=item.perceptual_hash,
        group_key=item.group_key,
        is_test=is_official_test(item.official_split),
        label=item.label,
        target=getattr(item, "target", None),
        user=getattr(item, USER, ""),
        time=getattr(item, TIME, 0),
        official_split=item.official_split if hasattr(item, USER) else "",
    )


def _group_of(item: Item | GroupKeys, groups: DuplicateGroups) -> str:
    return groups.groups.get(item.item_id, item.content_sha256)
