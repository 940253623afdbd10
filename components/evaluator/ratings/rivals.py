# SPDX-License-Identifier: Apache-2.0
"""Rivals of a model of ratings, fitted on the same training split.

They know what the model knows: items by the training split, users by all that they
rated before the ratings under test.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from components.evaluator.ratings.histories import Histories
from components.evaluator.ratings.metric_names import (
    BIASES,
    FACTORS,
    GLOBAL_MEAN,
    ITEM_MEAN,
)
from components.recommendation.factors import fit_factors
from components.recommendation.ratings import (
    Numbers,
    Ratings,
    rating_shares,
    root_mean_square,
)

# Penalties and numbers of factors, of which the last ratings of training choose.
_RIDGES: Final = (1.0, 4.0, 12.0)
_FACTORS: Final = (2, 4, 8)
_SWEEPS: Final = 12
_SEED: Final = 0
# Part of the ratings of each user that the choice is made on.
_HELD_OUT: Final = 0.1


@dataclass(frozen=True)
class Rival:
    """A rival's answers to the split under test."""

    name: str
    """One of `RIVALS`."""

    means: Numbers
    """Expected ratings, (n,)."""

    shares: Numbers
    """Probability of each rating, (n, k)."""

    words: str
    """What it is, with what was chosen."""

    num_factors: int = 0
    """Its factors; 0 for none."""

    ridge: float = 0.0
    """Its penalty; 0 for none."""


def fit_rivals(found: Histories) -> list[Rival]:
    """Fit all rivals.

    Args:
        found: Training ratings, and the split under test with what came before.
    """
    train, tested = found.train, found.tested
    mean = float(train.values.mean())
    item_means = _item_means(train, mean)
    everywhere = np.full(len(tested), mean)
    rivals = [
        _rival(
            GLOBAL_MEAN, everywhere, np.full(len(train), mean), found, "mean of all"
        ),
        _rival(
            ITEM_MEAN,
            item_means[tested.items],
            item_means[train.items],
            found,
            "mean of each item",
        ),
    ]
    ridge = min(_RIDGES, key=lambda r: _chosen_error(found, 0, r))
    best = min(
        ((number, penalty) for number in _FACTORS for penalty in _RIDGES[1:]),
        key=lambda pair: _chosen_error(found, *pair),
    )
    for name, number, penalty in ((BIASES, 0, ridge), (FACTORS, *best)):
        means, learnt = _factor_means(found, number, penalty)
        words = f"user and item bias, ridge {penalty:g}"
        if number:
            words = f"{number} factors by alternating least squares, ridge {penalty:g}"
        rival = _rival(name, means, learnt, found, words)
        rivals.append(replace(rival, num_factors=number, ridge=penalty))
    return rivals


def _item_means(train: Ratings, mean: float) -> Numbers:
    """Means of the items; one rating of the mean of all is added to each."""
    sums = np.bincount(train.items, train.values, train.num_items) + mean
    means: Numbers = sums / (np.bincount(train.items, minlength=train.num_items) + 1)
    return means


def _rival(
    name: str, means: Numbers, learnt: Numbers, found: Histories, words: str
) -> Rival:
    """A rival whose shares have the deviation of its errors in training."""
    deviation = root_mean_square(learnt - found.train.values)
    shares = rating_shares(means, deviation, found.values)
    return Rival(name, means, shares, words)


def _factor_means(
    found: Histories, number: int, ridge: float
) -> tuple[Numbers, Numbers]:
    """Predictions of the split under test, and of training."""
    scale = float(found.values[0]), float(found.values[-1])
    model = fit_factors(found.train, number, ridge, ridge, _SWEEPS, _SEED, scale)
    learnt = model.predict(found.train, found.train)
    return model.predict(found.history, found.tested), learnt


def _chosen_error(found: Histories, number: int, ridge: float) -> float:
    """Error on the last ratings of each user in training, which it is not fitted to."""
    train, scale = found.train, (float(found.values[0]), float(found.values[-1]))
    held = np.zeros(len(train), bool)
    for rows in train.rows_by_user:
        held[rows[len(rows) - int(len(rows) * _HELD_OUT) :]] = True
    if not held.any() or held.all():
        return 0.0
    kept, later = train.part(~held), train.part(held)
    model = fit_factors(kept, number, ridge, ridge, _SWEEPS, _SEED, scale)
    return root_mean_square(model.predict(kept, later) - later.values)
