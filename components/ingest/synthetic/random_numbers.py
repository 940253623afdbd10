# SPDX-License-Identifier: Apache-2.0
"""Random numbers that no library version can change: SplitMix64, counted."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)

Choice = TypeVar("Choice")


class Dice:
    """A stream of random numbers of its own for each (seed, item).

    Args:
        seed: Of the whole data set.
        item: Which picture, so that one more picture changes no other.
    """

    def __init__(self, seed: int, item: int) -> None:
        start = np.array([seed * 1_000_003 + item], np.uint64)
        self._state = int(_mix(start * _GOLDEN)[0])
        self._drawn = 0

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number from `low` to below `high`."""
        return low + (high - low) * float(self.field(1, 1)[0, 0])

    def field(self, height: int, width: int) -> NDArray[np.float64]:
        """Numbers from 0 to below 1, float64 [height, width]."""
        count = height * width
        counter = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64)
        self._drawn += count
        bits = _mix(np.uint64(self._state) + counter * _GOLDEN)
        # 53 bits make every double of the grid equally likely.
        numbers = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return numbers.reshape(height, width)

    def below(self, count: int) -> int:
        """A whole number from 0 to below `count`."""
        return int(self.uniform() * count)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of some choices, all equally likely."""
        return choices[self.below(len(choices))]

    def happens(self, probability: float) -> bool:
        """True in this part of all cases."""
        return self.uniform() < probability

    def shuffled(self, items: Sequence[Choice]) -> list[Choice]:
        """The items in another order."""
        order = np.argsort(self.field(1, len(items))[0], kind="stable")
        return [items[index] for index in order]


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: Any = bits
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)
