# SPDX-License-Identifier: Apache-2.0
"""An item's split follows from its group and the salt alone."""

from collections import Counter

import pytest

from components.core.records import from_json, to_json
from components.ingest.beam.split import SplitRule, assign_split, split_by_position

GROUPS = [f"group {number}" for number in range(5000)]


def _splits(salt: str = "a", share: float = 0.1) -> dict[str, str]:
    rule = SplitRule(salt, share)
    return {group: assign_split("train", group, rule) for group in GROUPS}


@pytest.mark.parametrize("official", ["test", "test_1"])
def test_official_test_set_stays_a_test_set(official: str) -> None:
    rule = SplitRule("a", 0.5)
    assert {assign_split(official, group, rule) for group in GROUPS} == {"test"}


@pytest.mark.parametrize("official", ["train", ""])
def test_everything_else_is_ours_to_split(official: str) -> None:
    rule = SplitRule("a", 0.5)
    splits = {assign_split(official, group, rule) for group in GROUPS}
    assert splits == {"train", "validation"}


def test_share_is_met() -> None:
    share = Counter(_splits(share=0.1).values())["validation"] / len(GROUPS)
    assert share == pytest.approx(0.1, abs=0.015)
    assert set(_splits(share=0).values()) == {"train"}


def test_share_of_the_test_set_is_met_beside_that_of_validation() -> None:
    rule = SplitRule("a", validation_share=0.1, test_share=0.2)
    counts = Counter(assign_split("", group, rule) for group in GROUPS)
    assert counts["validation"] / len(GROUPS) == pytest.approx(0.1, abs=0.015)
    assert counts["test"] / len(GROUPS) == pytest.approx(0.2, abs=0.02)


def test_another_salt_is_another_draw() -> None:
    assert _splits("a") != _splits("b")
    assert _splits("a") == _splits("a")


def test_larger_share_keeps_what_was_held_out() -> None:
    small, large = _splits(share=0.1), _splits(share=0.2)
    held_out = {group for group, split in small.items() if split == "validation"}
    assert all(large[group] == "validation" for group in held_out)


def test_rule_travels_as_json() -> None:
    rule = from_json(SplitRule, '{"salt": "a", "validation_share": 0.1}', "splits")
    assert rule == SplitRule("a", 0.1)
    assert from_json(SplitRule, to_json(rule), "splits") == rule


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"Received {share}"):
        SplitRule("a", share)


@pytest.mark.parametrize(
    ("place", "split"),
    [
        (0.0, "train"),
        (0.7199, "train"),
        (0.7201, "validation"),
        (0.8999, "validation"),
        (0.9001, "test"),
        (0.9999, "test"),
    ],
)
def test_text_is_cut_by_place(place: float, split: str) -> None:
    rule = SplitRule("", validation_share=0.2, test_share=0.1)
    assert split_by_position(place, rule) == split


@pytest.mark.parametrize(("place", "split"), [(0.375, "validation"), (0.5, "test")])
def test_border_of_a_text_belongs_to_the_later_block(place: float, split: str) -> None:
    # Shares that floats hold exactly.
    rule = SplitRule("", validation_share=0.25, test_share=0.5)
    assert split_by_position(place, rule) == split


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_impossible_test_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=f"test_share(.|\n)*Received {share}"):
        SplitRule("a", 0.1, test_share=share)
