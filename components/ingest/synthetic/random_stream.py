# SPDX-License-Identifier: Apache-2.0
"""A counter-based random stream (SplitMix64) that no library version can change."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)

Choice = TypeVar("Choice")


class RandomStream:
    """An independent stream of random numbers for each pair of seed and item.

    Args:
        seed: Seed of the whole data set.
        item: Number of the picture, so that one more picture changes no other.
    """

    def __init__(self, seed: int, item: int) -> None:
        start = np.array([seed * 1_000_003 + item], np.uint64)
        self._state = int(_mix(start * _GOLDEN)[0])
        self._drawn = 0

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Draw a number from `low` to below `high`."""
        return low + (high - low) * float(self.field(1, 1)[0, 0])

    def field(self, height: int, width: int) -> NDArray[np.float64]:
        """Draw numbers from 0 to below 1, float64 (height, width)."""
        count = height * width
        counter = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64)
        self._drawn += count
        bits = _mix(np.uint64(self._state) + counter * _GOLDEN)
        # 53 bits make all doubles of the grid equally likely.
        numbers = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return numbers.reshape(height, width)

    def integer(self, count: int) -> int:
        """Draw an integer from 0 to below `count`."""
        return int(self.uniform() * count)

    def choose(self, choices: Sequence[Choice]) -> Choice:
        """Draw one of several choices, all equally likely."""
        return choices[self.integer(len(choices))]

    def bernoulli(self, probability: float) -> bool:
        """Draw True with a probability."""
        return self.uniform() < probability

    def shuffled(self, items: Sequence[Choice]) -> list[Choice]:
        """Return the items in a random order."""
        order = np.argsort(self.field(1, len(items))[0], kind="stable")
        return [items[index] for index in order]


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: Any = bits
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)
