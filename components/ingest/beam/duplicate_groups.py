# SPDX-License-Identifier: Apache-2.0
"""Groups of items that must get the same split: duplicates and related items.

Items belong to one group if they have the same content, are near-duplicates or share a
group key, for instance a patient; also through a chain of other items. The groups of a
whole data set are found at once, from hashes and keys alone.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from components.ingest.beam.near_duplicates import (
    Pairs,
    connected_labels,
    find_near_duplicates,
)


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """The keys by which an item is grouped with others."""

    item_id: str
    """The item."""

    content_sha256: str
    """Content hash: equal for equal pictures."""

    perceptual_hash: str
    """Perceptual hash, similar for near-duplicates; "" for none."""

    group_key: str
    """Key of related items, for instance a patient; "" for none."""

    is_test: bool
    """Whether the item belongs to an official test set."""

    label: str = ""
    """Its class, for a stratified split."""

    target: float | None = None
    """The number to be predicted, for a stratified split; None for none."""

    user: str = ""
    """Who gave a rating; "" for other items."""

    time: int = 0
    """When; 0 for other items."""

    official_split: str = ""
    """The publisher's split of a rating; "" for none, and for other items."""


@dataclass(frozen=True)
class DuplicateGroups:
    """The groups of a data set; an item without an entry is alone."""

    groups: dict[str, str]
    """Item -> its group, for groups of two or more."""

    test_leaks: dict[str, str]
    """Item outside of the official test set -> a test item of its group."""

    splits: dict[str, str] = field(default_factory=dict)
    """Group -> split, where the split is stratified; item -> split, where it is by
    time."""

    superseded: dict[str, str] = field(default_factory=dict)
    """Rating -> a later one of the same user and item, which counts in its place."""


def find_groups(keys: Sequence[GroupKeys]) -> DuplicateGroups:
    """Find the groups among all sound items of a data set.

    A group is named by its smallest content hash, so neither the order nor the number
    of other items changes the name, nor the split that follows from it.

    Args:
        keys: One per item.
    """
    if not keys:
        return DuplicateGroups({}, {})
    pairs = np.concatenate(
        [
            _equal_pairs([key.content_sha256 for key in keys]),
            _equal_pairs([key.group_key for key in keys]),
            find_near_duplicates([key.perceptual_hash for key in keys]),
        ]
    )
    groups: dict[str, str] = {}
    test_leaks: dict[str, str] = {}
    for indices in _components(len(keys), pairs):
        members = [keys[index] for index in indices]
        name = min(key.content_sha256 for key in members)
        groups |= {key.item_id: name for key in members}
        test_item = min((key.item_id for key in members if key.is_test), default="")
        if test_item:
            test_leaks |= {key.item_id: test_item for key in members if not key.is_test}
    return DuplicateGroups(groups, test_leaks)


def _equal_pairs(keys: Sequence[Hashable]) -> Pairs:
    """Pair each item with the first that has the same key; empty keys give no pair."""
    first: dict[Hashable, int] = {}
    pairs = [
        (first.setdefault(key, index), index) for index, key in enumerate(keys) if key
    ]
    return np.array([p for p in pairs if p[0] != p[1]], np.int64).reshape(-1, 2)


def _components(num_items: int, pairs: Pairs) -> Iterator[list[int]]:
    """Yield the connected components of two or more items."""
    labels = connected_labels(num_items, pairs)
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    for members in np.split(order, borders):
        if len(members) > 1:
            yield members.tolist()
