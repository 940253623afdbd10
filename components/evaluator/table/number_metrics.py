# SPDX-License-Identifier: Apache-2.0
"""Metrics of a model that predicts numbers, as statistics of a bootstrap."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from components.evaluator.table.resampling import Statistic, mean_of


def number_statistics(
    targets: NDArray[np.float64], values: NDArray[np.float64]
) -> Mapping[str, Statistic]:
    """Return root mean squared error, mean absolute error and R squared.

    Args:
        targets: The numbers to be predicted (n,).
        values: The predictions (n,).
    """
    errors = values - targets
    return {
        "rmse": root_mean_square(errors),
        "mae": mean_of(np.abs(errors)),
        "r2": _explained_share(targets, errors),
    }


def root_mean_square(errors: NDArray[np.float64]) -> Statistic:
    """Return the statistic of the root of the mean squared error.

    Args:
        errors: One per example (n,).
    """
    mean_square = mean_of(np.square(errors))
    return lambda weights: np.sqrt(mean_square(weights))


def _explained_share(
    targets: NDArray[np.float64], errors: NDArray[np.float64]
) -> Statistic:
    # Centred first: the squares of large targets would cancel each other.
    centred = targets - targets.mean()
    mean, mean_square = mean_of(centred), mean_of(np.square(centred))
    mean_square_error = mean_of(np.square(errors))

    def share(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        variance = mean_square(weights) - np.square(mean(weights))
        unexplained: NDArray[np.float64] = np.divide(
            mean_square_error(weights),
            variance,
            out=np.full(len(weights), np.nan),
            where=variance > 0,
        )
        return 1 - unexplained

    return share
