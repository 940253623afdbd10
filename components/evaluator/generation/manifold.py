# SPDX-License-Identifier: Apache-2.0
"""Two sets of images compared point by point in a feature space, block by block.

A set's manifold is the union of balls around its points, each as wide as the distance
to its k-th neighbour. From that: precision and recall (Kynkaanniemi et al. 2019),
density and coverage (Naeem et al. 2020); from the same inner products the kernel
distance, an unbiased MMD with a polynomial kernel (Binkowski et al. 2018).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBOURS: Final = 5
KERNEL_DEGREE: Final = 3
_ROWS_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class PointSet:
    """The features of a set of images, with what is needed of it again and again.

    Attributes:
        features: float32 (images, features).
        kernel_scale: What inner products are divided by inside the kernel.
    """

    features: "NDArray[Any]"
    kernel_scale: float

    @cached_property
    def squares(self) -> "NDArray[Any]":
        """Squared length of each point."""
        import numpy as np

        squares: NDArray[Any] = np.square(self.features).sum(axis=1)
        return squares

    @cached_property
    def radii(self) -> "NDArray[Any]":
        """Squared distance of each point to its k-th neighbour in the set."""
        return self._measured[0]

    @property
    def kernel_mean(self) -> float:
        """Mean kernel value over all pairs of two different points."""
        return self._measured[1]

    @cached_property
    def _measured(self) -> tuple["NDArray[Any]", float]:
        import numpy as np

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

    def kernel(self, products: "NDArray[Any]") -> "NDArray[Any]":
        """Kernel values of inner products."""
        return (products / self.kernel_scale + 1.0) ** KERNEL_DEGREE


@dataclass(frozen=True)
class Closeness:
    """How one set of images lies to another.

    Attributes:
        precision: Share of its points inside the manifold of the reference.
        recall: Share of the reference's points inside its manifold.
        density: Mean number of the reference's balls around a point, in units of k.
        coverage: Share of the reference's balls that hold one of its points.
        kernel_distance: Unbiased squared MMD; around 0 for two sets alike.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    kernel_distance: float


def compare(points: PointSet, reference: PointSet) -> Closeness:
    """Compare a set of points with a reference, a block of the reference at a time.

    Args:
        points: What is judged.
        reference: What it should be like.
    """
    import numpy as np

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
    return Closeness(
        precision=float((balls > 0).mean()),
        recall=recalled / num_reference,
        density=float(balls.mean() / NEIGHBOURS),
        coverage=covered / num_reference,
        kernel_distance=points.kernel_mean + reference.kernel_mean - 2 * across,
    )


def inner_products(
    left: PointSet, right: PointSet
) -> Iterator[tuple[int, "NDArray[Any]"]]:
    """Inner products of all pairs, a block of rows of `left` at a time.

    Yields:
        The first row of the block, and float32 (rows, points of `right`).
    """
    for start in range(0, len(left.features), _ROWS_AT_ONCE):
        rows = left.features[start : start + _ROWS_AT_ONCE]
        yield start, rows @ right.features.T


def _squared_distances(
    left: PointSet, right: PointSet, start: int, products: "NDArray[Any]"
) -> "NDArray[Any]":
    squares = left.squares[start : start + len(products), None] + right.squares
    distances: NDArray[Any] = (squares - 2.0 * products).clip(min=0.0)
    return distances
