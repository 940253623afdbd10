# SPDX-License-Identifier: Apache-2.0
"""Shares of a stratified split hold for each class, and groups stay together."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from components.ingest.beam.split import SplitRule
from components.ingest.beam.stratify import Member, deal_groups

RULE = SplitRule("salt", 0.15, 0.2, "stratified")
SEEDS = range(20)


def _classes(seed: int, max_group: int = 1) -> list[Member]:
    """Draw items of classes of very different sizes, in groups."""
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.ones(random.integers(1, 6)))
    members: list[Member] = []
    for number in range(random.integers(30, 300)):
        label = f"class {random.choice(len(shares), p=shares)}"
        members += [Member(f"group {number}", label)] * random.integers(
            1, max_group + 1
        )
    return members


def _counts(members: list[Member], rule: SplitRule = RULE) -> dict[str, Counter[str]]:
    """Class -> number of items in each split."""
    splits = deal_groups(members, rule)
    assert set(splits) == {member.group for member in members}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for member in members:
        counts[member.label][splits[member.group]] += 1
    return counts


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_hold_for_all_items_and_for_each_class(seed: int) -> None:
    members = _classes(seed)
    counts = _counts(members)
    total = sum(counts.values(), Counter[str]())
    for split, share in (("validation", 0.15), ("test", 0.2)):
        assert abs(total[split] - share * len(members)) <= 0.5
        for of_class in counts.values():
            # Half an item of rounding, and what smaller classes could not give.
            assert abs(of_class[split] - share * of_class.total()) <= 2.0


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_hold_with_groups_to_half_of_the_largest(seed: int) -> None:
    members = _classes(seed, max_group=5)
    counts = _counts(members)
    total = sum(counts.values(), Counter[str]())
    for split, share in (("validation", 0.15), ("test", 0.2)):
        assert abs(total[split] - share * len(members)) <= 2.5


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_the_items_changes_nothing(seed: int) -> None:
    members = _classes(seed, max_group=3)
    random = np.random.default_rng(seed)
    numbers = random.normal(size=len(members)).tolist()
    members += [Member(m.group, "", n) for m, n in zip(members, numbers, strict=True)]
    shuffled = [members[index] for index in random.permutation(len(members))]
    assert deal_groups(members, RULE) == deal_groups(shuffled, RULE)


@pytest.mark.parametrize("size", [3, 4, 7])
def test_small_class_is_in_every_split(size: int) -> None:
    members = [Member(f"a{n}", "a") for n in range(200)]
    members += [Member(f"b{n}", "b") for n in range(size)]
    assert set(_counts(members)["b"]) == {"train", "validation", "test"}


@pytest.mark.parametrize("size", [1, 2])
def test_no_class_is_without_training_items(size: int) -> None:
    rule = SplitRule("salt", 0.45, 0.45, "stratified")
    members = [Member(f"{c}{n}", c) for c in "abcdef" for n in range(size)]
    assert all(counts["train"] for counts in _counts(members, rule).values())


def test_numbers_are_split_by_tenths() -> None:
    numbers = np.random.default_rng(0).lognormal(size=400)
    members = [Member(f"g{n}", "", float(number)) for n, number in enumerate(numbers)]
    splits = deal_groups(members, RULE)
    order = np.argsort(numbers)
    for tenth in np.split(order, 10):
        counts = Counter(splits[f"g{n}"] for n in tenth)
        assert counts == {"train": 26, "validation": 6, "test": 8}


def test_another_salt_is_another_draw() -> None:
    members = _classes(1)
    other = SplitRule("pepper", 0.15, 0.2, "stratified")
    assert deal_groups(members, RULE) != deal_groups(members, other)


def test_nothing_is_dealt_to_a_split_without_a_share() -> None:
    counts = _counts(_classes(2), SplitRule("salt", 0.2, 0.0, "stratified"))
    assert {split for c in counts.values() for split in c} == {"train", "validation"}
