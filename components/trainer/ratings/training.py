# SPDX-License-Identifier: Apache-2.0
"""Validation of a model of ratings: later ratings of the same users, predicted."""

from typing import Final

import numpy as np

from components.contracts.ratings_layout import RatingsLayout
from components.recommendation.ratings import (
    Numbers,
    Ratings,
    root_mean_square,
)
from components.trainer.ratings.data import RatingData

# Least deviation of a rating around its prediction, so that logarithms stay finite: a
# share of the way from the lowest rating to the highest.
_LEAST: Final = 0.0125


def validation_metrics(
    predicted: Numbers, shares: Numbers, data: RatingData
) -> dict[str, float]:
    """Measure predictions of the validation split.

    Args:
        predicted: Expected ratings, (n,).
        shares: Probability of each rating, (n, k).
        data: The data.
    """
    actual = data.validation.values
    places = np.searchsorted(data.values, actual)
    right = shares[np.arange(len(actual)), places]
    return {
        "rmse": root_mean_square(predicted - actual),
        "mae": float(np.mean(np.abs(predicted - actual))),
        "log_loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
    }


def residual_deviation(
    predicted: Numbers, ratings: Ratings, layout: RatingsLayout
) -> float:
    """Measure the deviation of ratings around their predictions.

    Args:
        predicted: Expected ratings, (n,).
        ratings: The ratings.
        layout: Their scale; the result is at least a share of its range.
    """
    least = _LEAST * (layout.highest - layout.lowest)
    return max(least, root_mean_square(predicted - ratings.values))
