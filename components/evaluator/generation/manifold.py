# SPDX-License-Identifier: Apache-2.0
"""Precision, recall, density, coverage and kernel distance of two sets of points.

The manifold of a set is the union of balls around its points, each with the distance to
the k-th nearest neighbour as radius. From it follow precision and recall (Kynkaanniemi
et al. 2019), density and coverage (Naeem et al. 2020). The kernel distance is an
unbiased MMD with a polynomial kernel (Binkowski et al. 2018). All five come from one
pass over blocks of the matrix of inner products.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS: Final = 5
KERNEL_DEGREE: Final = 3
_ROWS_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class PointSet:
    """The features of a set of images, with cached values that comparisons share."""

    features: NDArray[np.float32]
    """float32 (n, features)."""

    kernel_scale: float
    """Divisor of inner products inside the kernel."""

    @cached_property
    def squares(self) -> NDArray[np.float32]:
        """Squared length of each point: float32 (n,)."""
        squares: NDArray[Any] = np.square(self.features).sum(axis=1)
        return squares

    @cached_property
    def radii(self) -> NDArray[np.float32]:
        """Squared distance of each point to its k-th neighbour: float32 (n,)."""
        return self._radii_and_kernel_mean[0]

    @property
    def kernel_mean(self) -> float:
        """Mean kernel value over all pairs of two different points."""
        return self._radii_and_kernel_mean[1]

    @cached_property
    def _radii_and_kernel_mean(self) -> tuple[NDArray[np.float32], float]:
        radii, total = [], 0.0
        neighbours = min(NEIGHBOURS, len(self.features) - 1)
        for start, products in inner_products(self, self):
            own = (np.arange(len(products)), np.arange(start, start + len(products)))
            kernels = self.kernel(products)
            total += float(kernels.sum(dtype=np.float64) - kernels[own].sum())
            distances = _squared_distances(self, self, start, products)
            distances[own] = np.inf
            nearest = np.partition(distances, neighbours - 1, axis=1)
            radii.append(nearest[:, neighbours - 1])
        num = len(self.features)
        return np.concatenate(radii), total / (num * (num - 1))

    def kernel(self, products: NDArray[np.float32]) -> NDArray[np.float32]:
        """Kernel values of inner products, of the same shape."""
        kernels: NDArray[Any] = (products / self.kernel_scale + 1.0) ** KERNEL_DEGREE
        return kernels


@dataclass(frozen=True)
class Comparison:
    """Metrics of a set of points against a reference."""

    precision: float
    """Share of the points inside the manifold of the reference."""

    recall: float
    """Share of the reference's points inside the manifold of the set."""

    density: float
    """Mean number of the reference's balls around a point, divided by k."""

    coverage: float
    """Share of the reference's balls that hold one of the points."""

    kernel_distance: float
    """Unbiased squared MMD; about 0 for two samples of one distribution."""


def compare(points: PointSet, reference: PointSet) -> Comparison:
    """Compare a set of points with a reference, a block of the reference at a time.

    Args:
        points: The set to measure.
        reference: The set that it is measured against.
    """
    num, num_reference = len(points.features), len(reference.features)
    balls = np.zeros(num)
    recalled = covered = 0
    kernel_total = 0.0
    for start, products in inner_products(reference, points):
        kernel_total += float(points.kernel(products).sum(dtype=np.float64))
        distances = _squared_distances(reference, points, start, products)
        radii = reference.radii[start : start + len(products), np.newaxis]
        balls += (distances <= radii).sum(axis=0)
        recalled += int((distances <= points.radii).any(axis=1).sum())
        covered += int((distances <= radii).any(axis=1).sum())
    across = kernel_total / (num * num_reference)
    return Comparison(
        precision=float((balls > 0).mean()),
        recall=recalled / num_reference,
        density=float(balls.mean() / NEIGHBOURS),
        coverage=covered / num_reference,
        kernel_distance=points.kernel_mean + reference.kernel_mean - 2 * across,
    )


def inner_products(
    left: PointSet, right: PointSet
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield inner products of all pairs, a block of rows of `left` at a time.

    Yields:
        The first row of the block, and float32 (rows, points of `right`).
    """
    for start in range(0, len(left.features), _ROWS_AT_ONCE):
        rows = left.features[start : start + _ROWS_AT_ONCE]
        yield start, rows @ right.features.T


def _squared_distances(
    left: PointSet, right: PointSet, start: int, products: NDArray[np.float32]
) -> NDArray[np.float32]:
    squares = left.squares[start : start + len(products), None] + right.squares
    distances: NDArray[Any] = (squares - 2.0 * products).clip(min=0.0)
    return distances
