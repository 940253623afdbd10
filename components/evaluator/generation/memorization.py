# SPDX-License-Identifier: Apache-2.0
"""Whether a generator hands out training images: nearest neighbours, pixel by pixel.

A picture counts as memorised if it is no farther from a training image than the nearest
hundredth of fresh images, those of the test split. Fresh pictures give 0.01.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.evaluator.images import to_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILE: Final = 0.01
_TRAIN_AT_ONCE: Final = 5000
_LEAST: Final = 1e-12  # for a test split that is all in the training split


@dataclass(frozen=True)
class Neighbours:
    """The nearest training image of each picture.

    Attributes:
        indices: Which one it is.
        distances: How far it is: root of the summed squared differences, black to
            white being 1.
    """

    indices: "NDArray[Any]"
    distances: "NDArray[Any]"


@dataclass(frozen=True)
class Memory:
    """How much of a training set a generator repeats.

    Attributes:
        share: Share of its pictures that count as memorised.
        distance_ratio: Its median distance over that of fresh images; 0 for copies.
    """

    share: float
    distance_ratio: float


def find_neighbours(pictures: "NDArray[Any]", train: "NDArray[Any]") -> Neighbours:
    """Find the nearest training image of each picture, some thousand at a time.

    Args:
        pictures: uint8 (n, height, width, channels).
        train: uint8 images of the same shape.
    """
    import numpy as np

    wanted = _flat(pictures)
    best, found = np.full(len(wanted), np.inf), np.zeros(len(wanted), np.int64)
    for start in range(0, len(train), _TRAIN_AT_ONCE):
        known = _flat(train[start : start + _TRAIN_AT_ONCE])
        # |p - k|^2 without |p|^2, which does not change the order.
        distances = np.square(known).sum(axis=1) - 2.0 * (wanted @ known.T)
        nearest = distances.argmin(axis=1)
        values = distances[np.arange(len(wanted)), nearest]
        closer = values < best
        best[closer], found[closer] = values[closer], nearest[closer] + start
    # A difference of large numbers says little about copies: measured again, exactly.
    gaps = wanted - _flat(train[found])
    return Neighbours(found, np.sqrt(np.square(gaps).sum(axis=1)))


def measure_memory(made: Neighbours, fresh: Neighbours) -> Memory:
    """Compare the distances of made pictures with those of images never trained on."""
    import numpy as np

    limit = np.quantile(fresh.distances, QUANTILE)
    usual = max(float(np.median(fresh.distances)), _LEAST)
    return Memory(
        share=float((made.distances <= limit).mean()),
        distance_ratio=float(np.median(made.distances)) / usual,
    )


def _flat(images: "NDArray[Any]") -> "NDArray[Any]":
    return to_pixels(images).reshape(len(images), -1)
