# SPDX-License-Identifier: Apache-2.0
"""Assignment of items to splits by a salted hash, or by position in a text.

The split of an item depends on its content and its group, not on other items or on the
order of items. A stratified split, which knows the other items, is in `stratify`.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from components.contracts.splits import TEST, TRAIN, VALIDATION

SplitKind = Literal[
    "hash", "stratified", "fold_1", "fold_2", "fold_3", "fold_4", "fold_5"
]
FOLD: Final = "fold_"


@dataclass(frozen=True)
class SplitRule:
    """Parameters of the splits that are drawn here."""

    salt: str
    """Any text; another salt gives another split."""

    validation_share: float
    """Share of the items outside of the test set that goes to validation, from 0 to
    below 1."""

    test_share: float = 0.0
    """Share that goes to test where the publisher has no test set; of a text, its
    end. Defaults to 0."""

    split: SplitKind = "hash"
    """`hash`: each group by itself, whatever the others are. `stratified`: groups are
    dealt so that each class, or each tenth of the numbers, has the same shares.
    `fold_1` to `fold_5`: the publisher's test set of that number, of ratings."""

    @property
    def is_stratified(self) -> bool:
        """Whether the split of an item depends on the others."""
        return self.split == "stratified"

    def __post_init__(self) -> None:
        """Refuse shares that leave no training data."""
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


def split_by_position(preceding_share: float, rule: SplitRule) -> str:
    """Return the split of a position in a text: train, then validation, then test.

    Neighbouring windows of a text share most of their words, so a text is cut into
    contiguous blocks and windows are never assigned at random.

    Args:
        preceding_share: Share of the text that precedes the position, 0 to below 1.
        rule: The shares.
    """
    num_seen = 1 - rule.test_share
    if preceding_share >= num_seen:
        return TEST
    train_share = num_seen * (1 - rule.validation_share)
    return VALIDATION if preceding_share >= train_share else TRAIN


def assign_split(official_split: str, group: str, rule: SplitRule) -> str:
    """Return the split of an item.

    An official test set stays a test set. All items of a group get the same split, so
    that duplicates are never in both training and validation.

    Args:
        official_split: The publisher's split, "" if there is none.
        group: Group of the item; its own content hash if it is alone.
        rule: Parameters of the split.

    Example:
        >>> assign_split("test", "3b4c", SplitRule("1", 0.1))
        'test'
    """
    if is_official_test(official_split):
        return TEST
    digest = hashlib.sha256(f"{rule.salt}:{group}".encode()).digest()
    uniform = int.from_bytes(digest[:8], "big") / 2**64
    if uniform < rule.validation_share:
        return VALIDATION
    return TEST if uniform >= 1 - rule.test_share else TRAIN


def is_official_test(official_split: str) -> bool:
    """Whether a publisher's split is a test set: `test`, or a stage of it, `test_1`."""
    return official_split == TEST or official_split.startswith(f"{TEST}_")
