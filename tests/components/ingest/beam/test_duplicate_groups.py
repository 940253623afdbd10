# SPDX-License-Identifier: Apache-2.0
"""Groups: equal pictures, near-duplicates and one patient's, also in chains."""

import numpy as np

from components.ingest.beam.duplicate_groups import GroupKeys, find_groups
from tests.support.datasets.perceptual_hashes import flip_bits, random_bits, to_hex


def keys(
    item_id: str,
    content: str,
    perceptual_hash: str = "",
    group_key: str = "",
    is_test: bool = False,
) -> GroupKeys:
    return GroupKeys(item_id, content, perceptual_hash, group_key, is_test)


def test_chains_of_every_kind_make_one_group_named_by_its_smallest_content() -> None:
    (row,) = random_bits(1)
    near, far = to_hex(np.stack([row, flip_bits(row, 9)]))
    items = [
        keys("a", "c9", near),
        keys("b", "c8", far, "p1"),
        keys("c", "c1", group_key="p1"),
        keys("d", "c1"),
        keys("e", "c5"),
    ]
    found = find_groups(items)
    assert found.groups == dict.fromkeys("abcd", "c1")
    assert found.test_leaks == {}


def test_training_item_in_a_group_with_a_test_item_leaks() -> None:
    items = [
        keys("test/1", "c", is_test=True),
        keys("train/1", "c"),
        keys("train/2", "x", group_key="p"),
        keys("train/3", "c", group_key="p"),
        keys("train/4", "y"),
    ]
    leaks = find_groups(items).test_leaks
    assert leaks == dict.fromkeys(("train/1", "train/2", "train/3"), "test/1")


def test_more_items_change_no_group() -> None:
    items = [keys("a", "c1"), keys("b", "c1"), keys("c", "c2")]
    more = [*items, keys("d", "c3"), keys("e", "c3")]
    few, many = find_groups(items).groups, find_groups(more[::-1]).groups
    assert few.items() <= many.items()


def test_nothing_has_no_groups() -> None:
    assert find_groups([]).groups == {}
