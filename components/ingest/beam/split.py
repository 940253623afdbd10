# SPDX-License-Identifier: Apache-2.0
"""Which split an item belongs to: decided by what it is, not by where it stands."""

import hashlib
import json
from dataclasses import dataclass

TEST = "test"
TRAIN = "train"
VALIDATION = "validation"


@dataclass(frozen=True)
class SplitRule:
    """How our own splits are drawn.

    Attributes:
        salt: Any text; another one gives another draw.
        validation_share: Share of what is not test that goes to validation, from 0 to
            below 1.
        test_share: Share that goes to test where the publisher has no test set; of a
            text, its end. Defaults to 0.
    """

    salt: str
    validation_share: float
    test_share: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a share that leaves nothing to train on."""
        if not 0 <= self.validation_share < 1:
            raise ValueError(
                "validation_share must be at least 0 and below 1. "
                f"Received {self.validation_share!r}."
            )
        if not 0 <= self.test_share < 1 - self.validation_share:
            raise ValueError(
                "test_share must be at least 0, and leave something to train on. "
                f"Received {self.test_share!r} beside {self.validation_share!r}."
            )

    @classmethod
    def from_json(cls, text: str) -> "SplitRule":
        """Read a rule that travelled as a component parameter."""
        return cls(**json.loads(text))


def split_at(place: float, rule: SplitRule) -> str:
    """Give the split of a place in a text: train, then validation, then test.

    Neighbouring windows of a text share most of their words, so a text is cut into
    blocks and never dealt out window by window.

    Args:
        place: Part of the text that comes before, 0 to below 1.
        rule: Its shares.
    """
    num_seen = 1 - rule.test_share
    if place >= num_seen:
        return TEST
    return VALIDATION if place >= num_seen * (1 - rule.validation_share) else TRAIN


def assign_split(official_split: str, group: str, rule: SplitRule) -> str:
    """Give the split of an item.

    An official test set stays a test set. All items of a group get the same split, so
    that near copies never straddle training and validation.

    Args:
        official_split: What the publisher says, "" if nothing.
        group: What the item must stay together with; its own content if nothing else.
        rule: How our own splits are drawn.

    Example:
        >>> assign_split("test", "3b4c", SplitRule("1", 0.1))
        'test'
    """
    if is_official_test(official_split):
        return TEST
    digest = hashlib.sha256(f"{rule.salt}:{group}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < rule.validation_share:
        return VALIDATION
    return TEST if position >= 1 - rule.test_share else TRAIN


def is_official_test(official_split: str) -> bool:
    """Whether the publisher says it is for testing: `test`, or a stage, `test_1`."""
    return official_split == TEST or official_split.startswith(f"{TEST}_")
