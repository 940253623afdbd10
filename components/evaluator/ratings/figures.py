# SPDX-License-Identifier: Apache-2.0
"""Figures of predictions with intervals: users are drawn, not single ratings.

The ratings of one user are alike, so an interval over ratings would be too narrow. All
figures of one call see the same draws, which makes differences paired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.recommendation.ratings import Ids, Numbers, Ratings

_DRAWS: Final = 1000
_SEED: Final = 0
_TAIL: Final = 2.5
_TOP: Final = 10
_LEAST_SHARE: Final = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    """The figure of all users."""

    low: float
    """Lower end."""

    high: float
    """Upper end."""


@dataclass(frozen=True)
class UserSums:
    """Sums over the ratings of each user, from which every figure follows."""

    count: Numbers
    """Number of ratings under test, (users,)."""

    squares: Numbers
    """Squared errors, (users,)."""

    absolute: Numbers
    """Absolute errors, (users,)."""

    nats: Numbers
    """Negative logarithms of the probabilities, (users,)."""

    ndcg: Numbers
    """Normalised discounted gain of each user's order; NaN where all orders are
    alike."""

    def drawn(self, weights: NDArray[np.float64]) -> dict[str, Numbers]:
        """Figures of each draw, (draws,).

        Args:
            weights: How often each user occurs, (draws, users).
        """
        total = weights @ self.count
        ranked = np.isfinite(self.ndcg)
        gains = np.where(ranked, self.ndcg, 0)
        return {
            "rmse": np.sqrt(weights @ self.squares / total),
            "mae": weights @ self.absolute / total,
            "log_loss": weights @ self.nats / total,
            "ndcg_at_10": weights @ gains / np.maximum(weights @ ranked, 1),
        }


def sum_by_user(
    means: Numbers, shares: Numbers, tested: Ratings, values: Numbers
) -> UserSums:
    """Sum what predictions miss, by user.

    Args:
        means: Expected ratings, (n,).
        shares: Probability of each rating, (n, k).
        tested: The ratings.
        values: The ratings that there are, (k,).
    """
    errors = means - tested.values
    places = np.searchsorted(values, tested.values)
    right = shares[np.arange(len(means)), places]
    nats = -np.log(np.maximum(right, _LEAST_SHARE))

    def total(parts: Numbers) -> Numbers:
        sums = np.bincount(tested.users, parts, tested.num_users)
        return np.asarray(sums, np.float64)

    gains = [
        ndcg(means[rows], tested.values[rows]) if len(rows) > 1 else np.nan
        for rows in tested.rows_by_user
    ]
    return UserSums(
        total(np.ones(len(means))),
        total(errors**2),
        total(np.abs(errors)),
        total(nats),
        np.array(gains),
    )


def ndcg(means: Numbers, values: Numbers, top: int = _TOP) -> float:
    """Normalised discounted cumulative gain of an order (Jarvelin and Kekalainen 2002).

    Args:
        means: What the order follows from, the highest first.
        values: What the items are worth: a rating r gains 2^r - 1.
        top: Places that count. Defaults to ten.

    Returns:
        0 to 1; NaN where all items are worth the same.
    """
    if np.ptp(values) == 0:
        return float("nan")
    gains = 2.0**values - 1
    discounts = 1 / np.log2(np.arange(2, min(top, len(values)) + 2))
    order = np.argsort(-means, kind="stable")[:top]
    best = np.sort(gains)[::-1][:top]
    return float((gains[order] @ discounts) / (best @ discounts))


def estimate(
    sums: Mapping[str, UserSums],
) -> dict[str, dict[str, Estimate]]:
    """Estimate the figures of several models on the same draws of users.

    Args:
        sums: Name of a model -> its sums. Ratios to it are added of the model called
            `model`, as `rmse_over_<name>`.

    Returns:
        Name -> figure -> estimate.
    """
    (first, *_) = sums.values()
    users = np.flatnonzero(first.count)
    weights = np.concatenate([np.ones((1, len(users))), _draws(len(users))])
    full = np.zeros((len(weights), len(first.count)))
    full[:, users] = weights
    drawn = {name: one.drawn(full) for name, one in sums.items()}
    found = {
        name: {figure: _estimate(values) for figure, values in figures.items()}
        for name, figures in drawn.items()
    }
    own = drawn.get("model", {}).get("rmse")
    for name, figures in drawn.items():
        if own is not None and name != "model":
            ratio = own / np.maximum(figures["rmse"], 1e-9)
            found["model"][f"rmse_over_{name}"] = _estimate(ratio)
            gain = figures["rmse"] - own
            found["model"][f"gain_over_{name}"] = _estimate(gain)
    return found


def estimate_part(sums: UserSums) -> Estimate:
    """Estimate the error of a part of the ratings."""
    return estimate({"part": sums})["part"]["rmse"]


def calibration(
    shares: Numbers, tested: Ratings, values: Numbers, num_bins: int = 10
) -> tuple[NDArray[np.float64], float]:
    """Compare probabilities of ratings with how often these are given.

    Args:
        shares: Probability of each rating, (n, k).
        tested: The ratings.
        values: The ratings that there are.
        num_bins: Bins of equal width. Defaults to ten.

    Returns:
        Mean probability, share given and number of each bin, (3, bins), over all k; and
        the mean absolute difference.
    """
    right = np.isclose(tested.values[:, None], values).astype(float)
    bins = np.minimum((shares * num_bins).astype(int), num_bins - 1).ravel()
    counts = np.bincount(bins, minlength=num_bins).astype(float)
    said = np.bincount(bins, shares.ravel(), num_bins) / np.maximum(counts, 1)
    given = np.bincount(bins, right.ravel(), num_bins) / np.maximum(counts, 1)
    gap = float((counts * np.abs(said - given)).sum() / counts.sum())
    return np.stack([said, given, counts]), gap


def popularity(
    listed: Mapping[int, Ids], train: Ratings, top: int = 50
) -> tuple[float, float]:
    """Share of the most rated items among recommendations, and among ratings."""
    counts = np.bincount(train.items, minlength=train.num_items)
    popular = np.argsort(-counts, kind="stable")[:top]
    shown = np.concatenate([*listed.values(), np.empty(0, np.int64)])
    among = float(np.isin(shown, popular).mean()) if len(shown) else 0.0
    return among, float(counts[popular].sum() / counts.sum())


def _estimate(values: Numbers) -> Estimate:
    low, high = np.percentile(values[1:], (_TAIL, 100 - _TAIL))
    return Estimate(float(values[0]), float(low), float(high))


def _draws(count: int) -> NDArray[np.float64]:
    random = np.random.default_rng(_SEED)
    chosen = random.integers(0, count, (_DRAWS, count))
    chosen += np.arange(_DRAWS)[:, None] * count
    weights = np.bincount(chosen.ravel(), minlength=_DRAWS * count)
    return weights.reshape(_DRAWS, count).astype(np.float64)
