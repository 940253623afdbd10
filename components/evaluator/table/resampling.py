# SPDX-License-Identifier: Apache-2.0
"""Figures with their bootstrap intervals, both of one formula.

A statistic is a function of weights (draws, examples): how often each example occurs in
each draw. With weights of one it is the figure itself, so a figure cannot have another
definition than its interval. All statistics of one call see the same draws, which makes
differences between models paired.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

MOST_DRAWS: Final = 1000
FEWEST_DRAWS: Final = 200

_LEVEL: Final = 0.95
# Fixed, so that the same predictions always have the same interval.
_SEED: Final = 0
# Weights drawn in all, and at once: 8 MB.
_MOST_WEIGHTS: Final = 5_000_000
_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    """The figure of all examples."""

    low: float
    """Lower end."""

    high: float
    """Upper end."""


def number_of_draws(count: int) -> int:
    """Return how many bootstrap draws are made of so many examples."""
    return max(FEWEST_DRAWS, min(MOST_DRAWS, _MOST_WEIGHTS // max(1, count)))


def estimate(statistics: Mapping[str, Statistic], count: int) -> dict[str, Estimate]:
    """Compute statistics with their 95 % percentile bootstrap intervals.

    Args:
        statistics: Name -> function of weights (draws, examples); NaN where it is
            undefined.
        count: Number of examples.

    Returns:
        Those that are defined for all examples; draws for which one is not are left
        out of its interval.
    """
    ones = np.ones((1, count))
    drawn: dict[str, list[NDArray[np.float64]]] = {}
    values = {name: float(f(ones)[0]) for name, f in statistics.items()}
    defined = [name for name, value in values.items() if np.isfinite(value)]
    for weights in _draws(count):
        for name in defined:
            drawn.setdefault(name, []).append(statistics[name](weights))
    return {
        name: _estimate(values[name], np.concatenate(drawn[name])) for name in defined
    }


def mean_of(values: NDArray[Any]) -> Statistic:
    """Return the statistic of a mean over the examples.

    Args:
        values: One per example (n,).
    """
    numbers = np.asarray(values, np.float64)
    return lambda weights: weights @ numbers / weights.sum(axis=1)


def _estimate(value: float, drawn: NDArray[np.float64]) -> Estimate:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Estimate(value, value, value)
    tail = 50 * (1 - _LEVEL)
    low, high = np.percentile(known, (tail, 100 - tail))
    return Estimate(value, float(low), float(high))


def _draws(count: int) -> Iterator[NDArray[np.float64]]:
    random = np.random.default_rng(_SEED)
    left = number_of_draws(count)
    while left:
        rows = min(left, max(1, _AT_ONCE // count))
        chosen = random.integers(0, count, (rows, count))
        chosen += np.arange(rows)[:, np.newaxis] * count
        weights = np.bincount(chosen.ravel(), minlength=rows * count)
        yield weights.reshape(rows, count).astype(np.float64)
        left -= rows
