# SPDX-License-Identifier: Apache-2.0
"""The last ratings of each user are for testing, those before for validation."""

from dataclasses import replace

from components.ingest.beam.duplicate_groups import GroupKeys
from components.ingest.beam.split import SplitRule
from components.ingest.beam.time_split import split_by_time

RULE = SplitRule("", 0.1, 0.1)


def _keys(user: str, count: int) -> list[GroupKeys]:
    """Ratings of a user, the newest first."""
    return [
        GroupKeys(
            item_id=f"r/{user}{number:03d}",
            content_sha256=f"{user}-{number}",
            perceptual_hash="",
            group_key="",
            is_test=False,
            user=user,
            time=1000 - number,
        )
        for number in range(count)
    ]


def test_last_tenth_of_each_user_is_for_testing_and_the_tenth_before_for_choosing() -> (
    None
):
    splits = split_by_time([*_keys("a", 20), *_keys("b", 40)], RULE).splits
    of_a = [splits[f"r/a{number:03d}"] for number in range(20)]
    assert of_a == ["test"] * 2 + ["validation"] * 2 + ["train"] * 16
    of_b = [splits[f"r/b{number:03d}"] for number in range(40)]
    assert of_b == ["test"] * 4 + ["validation"] * 4 + ["train"] * 32


def test_user_with_few_ratings_is_in_training_alone() -> None:
    assert set(split_by_time(_keys("a", 9), RULE).splits.values()) == {"train"}


def test_order_of_the_rows_does_not_matter() -> None:
    keys = [*_keys("a", 20), *_keys("b", 12)]
    assert split_by_time(keys, RULE).splits == split_by_time(keys[::-1], RULE).splits


def test_earlier_rating_of_the_same_pair_is_superseded() -> None:
    keys = _keys("a", 20)
    # The newest is of the same film as the oldest, and as one between.
    keys[0] = replace(keys[0], content_sha256=keys[19].content_sha256)
    keys[9] = replace(keys[9], content_sha256=keys[19].content_sha256)
    found = split_by_time(keys, RULE)
    assert found.superseded == {"r/a019": "r/a000", "r/a009": "r/a000"}
    assert "r/a019" not in found.splits
    assert found.splits["r/a000"] == "test"


def test_fold_of_the_publisher_is_the_test_set() -> None:
    keys = [
        replace(key, official_split=f"fold_{number % 5 + 1}")
        for number, key in enumerate(_keys("a", 20))
    ]
    splits = split_by_time(keys, replace(RULE, split="fold_2")).splits
    tested = [number for number in range(20) if splits[f"r/a{number:03d}"] == "test"]
    assert tested == [1, 6, 11, 16]
    chosen = [n for n in range(20) if splits[f"r/a{n:03d}"] == "validation"]
    assert chosen == [0, 2]
