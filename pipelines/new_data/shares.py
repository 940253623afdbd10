# SPDX-License-Identifier: Apache-2.0
"""Shares of the splits, from the number of items."""

from dataclasses import dataclass
from typing import Final, Literal

# Below so many items, classes drawn by a hash alone differ visibly between splits.
_STRATIFIED_BELOW: Final = 20_000
# Number of items -> shares of test and validation, the first that is not exceeded.
_SHARES: Final = ((2_000, 0.2, 0.2), (20_000, 0.15, 0.15), (200_000, 0.1, 0.1))
_SMALLEST: Final = 0.05


@dataclass(frozen=True)
class Shares:
    """How a data set is cut into splits; the keys of a block of `datasets`."""

    split: Literal["hash", "stratified"]
    """How items are dealt."""

    validation_share: float
    """Share for model selection, of what is no test."""

    test_share: float
    """Share of the test split; 0 where the publisher has one."""

    reason: str
    """Why, in words."""


def choose_shares(
    num_items: int,
    has_official_test: bool,
    split_by: Literal["group", "position", "time"],
) -> Shares:
    """Choose the shares of the splits.

    Args:
        num_items: Number of sound items.
        has_official_test: Whether the files name a test set.
        split_by: Whether items are dealt by groups, cut by their place in a text, or
            by time.
    """
    test, validation = next(
        ((t, v) for most, t, v in _SHARES if num_items <= most), (_SMALLEST, _SMALLEST)
    )
    if split_by == "position":
        return Shares("hash", 0.1, 0.1, "a text is cut by place")
    if split_by == "time":
        test = 0.0 if has_official_test else 0.1
        return Shares("hash", 0.1, test, "the last ratings of each user")
    is_small = num_items < _STRATIFIED_BELOW
    return Shares(
        split="stratified" if is_small else "hash",
        validation_share=validation,
        test_share=0.0 if has_official_test else test,
        reason=f"for {num_items:,} items"
        + (": few, so each class is dealt alike" if is_small else ""),
    )
