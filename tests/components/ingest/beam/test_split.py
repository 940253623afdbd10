# SPDX-License-Identifier: Apache-2.0
"""An item's split follows from its group and the salt alone."""

import hashlib
from collections import Counter

import pytest

from components.core.records import from_json, to_json
from components.ingest.beam.split import SplitRule, assign_split, split_by_position
from pipelines.config import load_config
from pipelines.fingerprint import PROJECT_ROOT

GROUPS = [f"group {number}" for number in range(5000)]

# Data set of params.yaml -> sha256 of the splits of 3,000 groups, or of 1,000 places in
# a text, as they were before there were other ways of splitting.
RECORDED = {
    "mnist": "92c628c2de4d40e995ca7ce7def6d748f36c254ca8251825fbe2a3a8f29060cf",
    "alice": "0c27d52a4aad5da21e5d542c1ee05416a41863aa54d48c4b7de9fddb7ef492b8",
    "cats_dogs": "b5d2df7d24afbc666647bab89a95d5479657cd5f54601a1d21ed43528a36d905",
    "cervix": "b78d2269314fc3f40d6de63d8de7ea3d6a7216d60d242b9b9c22ee0a2e5efb20",
}


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


@pytest.mark.parametrize("dataset", RECORDED)
def test_data_sets_keep_their_recorded_split(dataset: str) -> None:
    settings = load_config(PROJECT_ROOT).dataset(dataset)
    rule = SplitRule(
        settings.split_salt,
        settings.validation_share,
        settings.test_share,
        settings.split,
    )
    if dataset == "alice":
        splits = [split_by_position(n / 1000, rule) for n in range(1000)]
    else:
        official = ("", "train", "test")
        pairs = [(split, f"{n:064x}") for split in official for n in range(1000)]
        splits = [assign_split(split, group, rule) for split, group in pairs]
    digest = hashlib.sha256(" ".join(splits).encode()).hexdigest()
    assert digest == RECORDED[dataset]


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
