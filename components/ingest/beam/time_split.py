# SPDX-License-Identifier: Apache-2.0
"""Splits of ratings: the last ones of each user are for testing.

A model that is asked for what a user will like knows what the user liked before, and
nothing later. The ratings before the test ones are for validation, in the same way.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from components.contracts.splits import TEST, TRAIN, VALIDATION
from components.ingest.beam.duplicate_groups import DuplicateGroups, GroupKeys
from components.ingest.beam.split import FOLD, SplitRule, is_official_test

# Users with fewer ratings are in training alone: one of them is a tenth.
FEWEST_RATINGS: Final = 10


def split_by_time(keys: Sequence[GroupKeys], rule: SplitRule) -> DuplicateGroups:
    """Split the ratings of each user by their time.

    Of two ratings of the same item by the same user the later one counts, whatever
    split it gets: the earlier would tell the answer.

    Args:
        keys: One per sound rating.
        rule: The shares, or the number of the publisher's test set.
    """
    by_user: dict[str, list[GroupKeys]] = defaultdict(list)
    latest: dict[str, GroupKeys] = {}
    superseded: dict[str, str] = {}
    for key in sorted(keys, key=lambda key: (key.time, key.item_id)):
        if former := latest.get(key.content_sha256):
            superseded[former.item_id] = key.item_id
        latest[key.content_sha256] = key
    # One that was superseded by one that was itself.
    superseded = {item: _last(item, superseded) for item in superseded}
    for key in latest.values():
        by_user[key.user].append(key)
    is_official = rule.split.startswith(FOLD) or any(
        is_official_test(key.official_split) for key in latest.values()
    )
    splits: dict[str, str] = {}
    for ratings in by_user.values():
        ordered = sorted(ratings, key=lambda key: (key.time, key.item_id))
        test = _published(ordered, rule) if is_official else _newest(ordered, rule)
        earlier = [key.item_id for key in ordered if key.item_id not in test]
        count = _count(len(earlier), rule.validation_share)
        validation = set(earlier[len(earlier) - count :])
        for key in ordered:
            splits[key.item_id] = (
                TEST
                if key.item_id in test
                else VALIDATION
                if key.item_id in validation
                else TRAIN
            )
    return DuplicateGroups({}, {}, splits, superseded)


def _newest(ordered: Sequence[GroupKeys], rule: SplitRule) -> set[str]:
    count = _count(len(ordered), rule.test_share)
    return {key.item_id for key in ordered[len(ordered) - count :]}


def _published(ordered: Sequence[GroupKeys], rule: SplitRule) -> set[str]:
    """Ratings of the publisher's test set: the fold of the rule, or `test`."""
    fold = rule.split if rule.split.startswith(FOLD) else TEST
    return {
        key.item_id
        for key in ordered
        if key.official_split == fold
        or (fold == TEST and is_official_test(key.official_split))
    }


def _count(num_ratings: int, share: float) -> int:
    """How many ratings of a user a share is; none of a user who gave few."""
    if num_ratings < FEWEST_RATINGS or not share:
        return 0
    return max(1, round(num_ratings * share))


def _last(item: str, superseded: dict[str, str]) -> str:
    while item in superseded:
        item = superseded[item]
    return item
