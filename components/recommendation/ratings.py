# SPDX-License-Identifier: Apache-2.0
"""Known ratings as arrays: what is not rated is no part of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Numbers = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Ratings:
    """Ratings of known users and items."""

    users: Ids
    """Index of the user of each rating, (n,)."""

    items: Ids
    """Index of what was rated, (n,)."""

    values: Numbers
    """The ratings, (n,)."""

    num_users: int
    """Number of users, also of those without a rating here."""

    num_items: int
    """Number of items, also of those without a rating here."""

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def rows_by_user(self) -> list[Ids]:
        """Where the ratings of each user stand, in their order."""
        return _rows_by(self.users, self.num_users)

    @cached_property
    def rows_by_item(self) -> list[Ids]:
        """Where the ratings of each item stand, in their order."""
        return _rows_by(self.items, self.num_items)

    def joined(self, other: "Ratings") -> "Ratings":
        """These ratings and others of the same users and items."""
        return Ratings(
            np.concatenate([self.users, other.users]),
            np.concatenate([self.items, other.items]),
            np.concatenate([self.values, other.values]),
            self.num_users,
            self.num_items,
        )

    def part(self, members: Any) -> "Ratings":
        """Some of them, by mask or by places."""
        return Ratings(
            self.users[members],
            self.items[members],
            self.values[members],
            self.num_users,
            self.num_items,
        )

    def known(self) -> "Ratings":
        """Those of users and items that are known: no index is below 0."""
        return self.part((self.users >= 0) & (self.items >= 0))


def rating_shares(means: Numbers, deviation: float, values: Any) -> Numbers:
    """Probability of each rating if a normal number is rounded to the nearest of them.

    Args:
        means: Mean of each number, (n,).
        deviation: Its standard deviation.
        values: The ratings that there are, rising, (k,).

    Returns:
        (n, k), rows of sum 1.
    """
    scale = np.asarray(values, np.float64)
    borders = (scale[1:] + scale[:-1]) / 2
    below = ndtr((borders - means[:, None]) / max(deviation, 1e-6))
    ends = np.zeros((len(means), 1)), np.ones((len(means), 1))
    return np.diff(np.concatenate([ends[0], below, ends[1]], axis=1), axis=1)


def nearest_ratings(given: Any, scale: Any) -> Numbers:
    """Round to the nearest rating of the scale.

    Examples hold ratings as float32, in which 0.1 is inexact.

    Args:
        given: Finite numbers, (n,).
        scale: The ratings that there are, rising, (k,).
    """
    values = np.asarray(scale, np.float64)
    borders = (values[1:] + values[:-1]) / 2
    return values[np.searchsorted(borders, np.asarray(given, np.float64))]


def root_mean_square(errors: Any) -> float:
    """Root of the mean of the squares."""
    return float(np.sqrt(np.mean(np.square(errors))))


def _rows_by(ids: Ids, count: int) -> list[Ids]:
    order = np.argsort(ids, kind="stable")
    borders = np.searchsorted(ids[order], np.arange(count + 1))
    return [order[borders[n] : borders[n + 1]] for n in range(count)]
