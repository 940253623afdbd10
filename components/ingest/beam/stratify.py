# SPDX-License-Identifier: Apache-2.0
"""Stratified splits: each class, or each tenth of the numbers, has the same shares.

A hash alone gives a class of twenty items anything between none and eight of them for
testing. Here groups are dealt out in the order of their hash until the shares are met,
so the split of an item depends on the other items, but on the order of none.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from components.contracts.splits import TEST, TRAIN, VALIDATION
from components.ingest.beam.split import SplitRule

_NUM_STRATA: Final = 10


@dataclass(frozen=True, slots=True)
class Member:
    """What decides about the split of one sound item outside of a test set."""

    group: str
    """Items of one group get the same split."""

    label: str = ""
    """Its class; "" where there are none."""

    target: float | None = None
    """The number to be predicted; None where there is none."""


@dataclass(slots=True)
class _Group:
    """The items of one group, counted."""

    name: str
    labels: Counter[str] = field(default_factory=Counter)
    targets: list[float] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.labels.total()

    @property
    def label(self) -> str:
        """The most frequent class; of several, the first in the alphabet."""
        return min(self.labels, key=lambda label: (-self.labels[label], label))

    @property
    def mean(self) -> float:
        # Exact, so that the order of the items is none of the sum's.
        return math.fsum(self.targets) / len(self.targets)


def deal_groups(members: Iterable[Member], rule: SplitRule) -> dict[str, str]:
    """Deal groups to the splits so that each stratum has the shares of the rule.

    A stratum misses its share by half a group at most, and the next one makes up for
    it, so that the shares of all items are met to half a group. A stratum of three
    groups or more is in every split that has a share, and none is without training
    items.

    Args:
        members: The items to be dealt.
        rule: The shares, and the salt of the hash.

    Returns:
        Group -> split.
    """
    shares = {VALIDATION: rule.validation_share, TEST: rule.test_share}
    wanted = {split: share for split, share in shares.items() if share}
    # What earlier strata owe to a split.
    debts = dict.fromkeys(wanted, 0.0)
    splits: dict[str, str] = {}
    for stratum in _make_strata(_gather(members)):
        size = sum(group.size for group in stratum)
        quotas = {split: share * size + debts[split] for split, share in wanted.items()}
        dealt = _deal_stratum(stratum, quotas, rule.salt)
        for split, quota in quotas.items():
            sizes = (group.size for group in stratum if dealt[group.name] == split)
            debts[split] = quota - sum(sizes)
        splits |= dealt
    return splits


def _gather(members: Iterable[Member]) -> list[_Group]:
    groups: dict[str, _Group] = {}
    for member in members:
        group = groups.setdefault(member.group, _Group(member.group))
        group.labels[member.label] += 1
        if member.target is not None:
            group.targets.append(member.target)
    return list(groups.values())


def _make_strata(groups: Sequence[_Group]) -> list[list[_Group]]:
    """The groups of each class, or of each tenth of the numbers, smallest first."""
    strata: dict[tuple[str, int], list[_Group]] = defaultdict(list)
    ordered = sorted((g for g in groups if g.targets), key=lambda g: (g.mean, g.name))
    total, before = sum(group.size for group in ordered), 0
    for group in ordered:
        strata["", before * _NUM_STRATA // total].append(group)
        before += group.size
    for group in groups:
        if not group.targets:
            strata[group.label, 0].append(group)
    # The largest strata make up best for what small ones cannot give.
    keys = sorted(strata, key=lambda key: (sum(g.size for g in strata[key]), key))
    return [strata[key] for key in keys]


def _deal_stratum(
    stratum: Sequence[_Group], quotas: dict[str, float], salt: str
) -> dict[str, str]:
    if len(stratum) > len(quotas):
        quotas = {split: max(quota, 1.0) for split, quota in quotas.items()}
    filled = Counter[str]()
    dealt: dict[str, str] = {}
    for group in sorted(stratum, key=lambda group: _digest(salt, group.name)):
        has_place = (
            split
            for split, quota in quotas.items()
            if filled[split] + group.size / 2 <= quota
        )
        split = next(has_place, TRAIN)
        if len(dealt) == len(stratum) - 1 and not filled[TRAIN]:
            split = TRAIN
        dealt[group.name] = split
        filled[split] += group.size
    return dealt


def _digest(salt: str, group: str) -> bytes:
    return hashlib.sha256(f"{salt}:{group}".encode()).digest()
