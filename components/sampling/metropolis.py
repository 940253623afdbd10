# SPDX-License-Identifier: Apache-2.0
"""Metropolis' algorithm: draws from any density that is known up to a factor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Points (chains, dimensions) -> logarithms of their densities (chains,), each up to the
# same constant; minus infinity outside of the support.
LogDensity = Callable[[NDArray[np.float64]], NDArray[Any]]


@dataclass(frozen=True)
class Walk:
    """What several chains of a Metropolis walk recorded."""

    points: NDArray[np.float64]
    """Where each chain stood after each step, (steps, chains, dimensions)."""

    accepted: NDArray[np.bool_]
    """Whether the proposal of the step was taken, (steps, chains)."""

    @property
    def acceptance(self) -> float:
        """Share of the proposals that were taken."""
        return float(self.accepted.mean())


def metropolis(
    log_density: LogDensity,
    start: NDArray[Any],
    covariance: NDArray[Any],
    steps: int,
    seed: int,
) -> Walk:
    """Walk through a density by normal steps, each taken or refused.

    A proposal as probable as the present point or more is taken, another with the ratio
    of their densities as probability. **A chain that refuses stays, and its point is
    recorded again**: with the points left out that were not left, the density would be
    another one.

    Args:
        log_density: Logarithm of the density.
        start: First points, (chains, dimensions); not recorded.
        covariance: Of the proposed steps, (dimensions, dimensions).
        steps: Steps of each chain.
        seed: Seeds all draws.
    """
    random = np.random.default_rng(seed)
    point = np.array(start, np.float64)
    root = np.linalg.cholesky(np.asarray(covariance, np.float64))
    logs = np.asarray(log_density(point))
    points = np.empty((steps, *point.shape))
    accepted = np.empty((steps, len(point)), bool)
    for step in range(steps):
        proposal = point + random.standard_normal(point.shape) @ root.T
        proposed = np.asarray(log_density(proposal))
        # An exponential number is the negative logarithm of a uniform one.
        taken = proposed - logs >= -random.standard_exponential(len(point))
        point = np.where(taken[:, np.newaxis], proposal, point)
        logs = np.where(taken, proposed, logs)
        points[step], accepted[step] = point, taken
    return Walk(points, accepted)
