# SPDX-License-Identifier: Apache-2.0
"""Gibbs sampling: one coordinate after the other, each given all the others.

The block Gibbs sampler of a restricted Boltzmann machine is in `boltzmann.py`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Points (chains, dimensions) and a source of draws -> new values of one coordinate
# (chains,), drawn given the other coordinates.
Conditional = Callable[[NDArray[np.float64], np.random.Generator], NDArray[Any]]


def gibbs(
    conditionals: Sequence[Conditional], start: NDArray[Any], steps: int, seed: int
) -> NDArray[np.float64]:
    """Draw from a distribution of which the conditionals are known.

    Args:
        conditionals: One for each coordinate, in the order in which they are drawn.
        start: First points, (chains, dimensions); not recorded.
        steps: Sweeps over all coordinates.
        seed: Seeds all draws.

    Returns:
        Points after each sweep, (steps, chains, dimensions), burn-in included.

    Example:
        >>> def given_the_other(points, random, other):
        ...     noise = random.standard_normal(len(points))
        ...     return 0.7 * points[:, other] + np.sqrt(1 - 0.7**2) * noise
        >>> both = [partial(given_the_other, other=other) for other in (1, 0)]
        >>> points = gibbs(both, np.zeros((100, 2)), steps=1000, seed=1)
    """
    random = np.random.default_rng(seed)
    point = np.array(start, np.float64)
    points = np.empty((steps, *point.shape))
    for step in range(steps):
        for coordinate, draw in enumerate(conditionals):
            point[:, coordinate] = draw(point, random)
        points[step] = point
    return points
