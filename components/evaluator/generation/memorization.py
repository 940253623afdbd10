# SPDX-License-Identifier: Apache-2.0
"""Memorisation of training images: nearest neighbours of samples in pixel space.

A sample counts as memorised if it is no farther from its nearest training image than
the nearest hundredth of the test images are from theirs. New images give 0.01.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from components.evaluator.images import to_pixels

QUANTILE: Final = 0.01
_LEAST: Final = 1e-12  # for a test split that is all in the training split


@dataclass(frozen=True)
class NearestImages:
    """The nearest training image of each image of a set."""

    indices: NDArray[np.int64]
    """Index of the training image: int64 (n,)."""

    distances: NDArray[np.float32]
    """Euclidean distance of the pixels, black to white being 1: float32 (n,)."""


@dataclass(frozen=True)
class Memorization:
    """Closeness of samples to training images, relative to that of test images."""

    share: float
    """Share of the samples that count as memorised."""

    distance_ratio: float
    """Median distance of the samples over that of test images; 0 for copies."""


def find_nearest(images: NDArray[np.uint8], train: NDArray[np.uint8]) -> NearestImages:
    """Find the nearest training image of each image, by an exhaustive search.

    Args:
        images: uint8 (n, height, width, channels).
        train: Training images of the same shape.
    """
    rows, known = _flat(images), _flat(train)
    search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(known)
    found = search.kneighbors(rows, return_distance=False)[:, 0]
    # The search takes differences of large squares, which are inexact near 0.
    gaps = rows - known[found]
    return NearestImages(found, np.sqrt(np.square(gaps).sum(axis=1)))


def measure_memorization(samples: NearestImages, test: NearestImages) -> Memorization:
    """Compare the distances of samples with those of test images."""
    limit = np.quantile(test.distances, QUANTILE)
    usual = max(float(np.median(test.distances)), _LEAST)
    return Memorization(
        share=float((samples.distances <= limit).mean()),
        distance_ratio=float(np.median(samples.distances)) / usual,
    )


def _flat(images: NDArray[np.uint8]) -> NDArray[Any]:
    return to_pixels(images).reshape(len(images), -1)
