# SPDX-License-Identifier: Apache-2.0
"""Factors of ratings by alternating least squares (Koren, Bell and Volinsky 2009).

    rating = mean + bias of the user + bias of the item + factors of both, multiplied

With known factors of the items, those of a user are a ridge regression on the ratings
of that user, and the other way round. What is not rated is in neither. No factors at
all leave the two biases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from components.recommendation.ratings import Ids, Numbers, Ratings

# Deviation of the factors of users before the first sweep.
_START: Final = 0.1
# From one star to five, where a rating is 1 unit. On wider scales a unit is more.
_RANGE: Final = 4.0


@dataclass(frozen=True)
class FactorModel:
    """Items, and the way to a user: a new user needs no new training."""

    mean: float
    """Mean of all ratings."""

    item_bias: Numbers
    """What an item adds, (items,)."""

    item_factors: Numbers
    """Factors of an item, (items, factors)."""

    ridge: float
    """Penalty of squared factors, in ratings times (highest - lowest) / 4."""

    bias_ridge: float
    """Penalty of a squared bias, in ratings."""

    lowest: float
    """The lowest rating."""

    highest: float
    """The highest rating."""

    @property
    def num_parameters(self) -> int:
        """Numbers that were learnt and are exported."""
        return 1 + self.item_bias.size + self.item_factors.size

    def fold_in(self, items: Ids, values: Numbers) -> Numbers:
        """Factors of a user and, as the last number, the bias, (factors + 1,).

        Args:
            items: What the user rated; may be nothing.
            values: The ratings.
        """
        rest = values - self.mean - self.item_bias[items]
        return _solve(self.item_factors[items], rest, self.ridge, self.bias_ridge)

    def scores(self, user: Numbers) -> Numbers:
        """Expected ratings of all items, (items,), on the scale."""
        raw = self.mean + self.item_bias + self.item_factors @ user[:-1] + user[-1]
        return np.asarray(np.clip(raw, self.lowest, self.highest), np.float64)

    def predict(self, known: Ratings, wanted: Ratings) -> Numbers:
        """Predict ratings from others of the same users, (wanted,).

        Args:
            known: What the users rated before.
            wanted: The ratings that are predicted; their values are not read.
        """
        predicted = np.empty(len(wanted))
        for user, rows in enumerate(wanted.rows_by_user):
            if len(rows):
                own = known.rows_by_user[user]
                vector = self.fold_in(known.items[own], known.values[own])
                predicted[rows] = self.scores(vector)[wanted.items[rows]]
        return predicted


# Called after each sweep with the model so far.
Report = Callable[[FactorModel], None]


def fit_factors(
    ratings: Ratings,
    num_factors: int,
    ridge: float,
    bias_ridge: float,
    sweeps: int,
    seed: int,
    scale: tuple[float, float],
    report: Report = lambda model: None,
) -> FactorModel:
    """Fit factors and biases.

    Args:
        ratings: What to learn from.
        num_factors: Factors of each user and item; 0 for the biases alone.
        ridge: Penalty of squared factors, in ratings, for any scale.
        bias_ridge: Penalty of a squared bias, in ratings.
        sweeps: How often all items and all users are solved for.
        seed: Seeds the factors before the first sweep.
        scale: Lowest and highest rating.
        report: Called after each sweep. Defaults to nothing.
    """
    rng = np.random.default_rng(seed)
    # A product of factors has the unit of the ratings, each factor the root of it.
    unit = (scale[1] - scale[0]) / _RANGE
    ridge *= unit
    users = np.zeros((ratings.num_users, num_factors + 1))
    start = rng.normal(0, _START, (ratings.num_users, num_factors))
    users[:, :-1] = start * np.sqrt(unit)
    items = np.zeros((ratings.num_items, num_factors + 1))
    mean = float(ratings.values.mean())
    rest = ratings.values - mean
    model = FactorModel(mean, items[:, -1], items[:, :-1], ridge, bias_ridge, *scale)
    for _ in range(sweeps):
        for item, rows in enumerate(ratings.rows_by_item):
            who = users[ratings.users[rows]]
            items[item] = _solve(
                who[:, :-1], rest[rows] - who[:, -1], ridge, bias_ridge
            )
        for user, rows in enumerate(ratings.rows_by_user):
            what = items[ratings.items[rows]]
            left = rest[rows] - what[:, -1]
            users[user] = _solve(what[:, :-1], left, ridge, bias_ridge)
        model = FactorModel(
            mean,
            items[:, -1].copy(),
            items[:, :-1].copy(),
            ridge,
            bias_ridge,
            *scale,
        )
        report(model)
    return model


def _solve(factors: Numbers, rest: Numbers, ridge: float, bias_ridge: float) -> Numbers:
    """Ridge regression on factors and a constant; the last number is its weight."""
    rows = np.concatenate([factors, np.ones((len(factors), 1))], axis=1)
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = bias_ridge
    solved: Numbers = np.linalg.solve(rows.T @ rows + np.diag(penalty), rows.T @ rest)
    return solved
