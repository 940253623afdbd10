# SPDX-License-Identifier: Apache-2.0
"""Means of draws, with the error that chance leaves in them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.sampling.autocorrelation import autocorrelation_time

# Standard errors on either side of a mean that cover 95 % of a normal distribution.
NORMAL_95: Final = 1.959963985


@dataclass(frozen=True)
class Estimate:
    """A mean over draws."""

    value: float
    """The mean."""

    standard_error: float
    """Standard deviation that the mean would have if all was drawn again."""

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the 95 % interval, if the mean is normally distributed."""
        half = NORMAL_95 * self.standard_error
        return self.value - half, self.value + half


def estimate_mean(draws: NDArray[Any]) -> Estimate:
    """Estimate an expectation from independent draws.

    Args:
        draws: (n,), two or more.
    """
    values = np.asarray(draws, np.float64)
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return Estimate(float(values.mean()), error)


def estimate_chain_mean(chains: NDArray[Any]) -> Estimate:
    """Estimate an expectation from Markov chains, whose draws resemble each other.

    Args:
        chains: A value per step and chain, (steps, chains), without burn-in.
    """
    values = np.asarray(chains, np.float64)
    effective = values.size / autocorrelation_time(values)
    error = float(values.std(ddof=1) / np.sqrt(max(effective, 1.0)))
    return Estimate(float(values.mean()), error)


def log_mean_exp(log_values: NDArray[Any]) -> Estimate:
    """Estimate the logarithm of a mean of values that are given by their logarithms.

    Args:
        log_values: (n,), of independent draws, two or more.

    Returns:
        Logarithm of the mean; its error is the relative error of the mean itself
        (delta method), too small where a few values make up the mean.
    """
    logs = np.asarray(log_values, np.float64)
    largest = logs.max()
    mean = estimate_mean(np.exp(logs - largest))
    relative = mean.standard_error / mean.value
    return Estimate(float(largest + np.log(mean.value)), relative)
