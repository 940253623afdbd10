# SPDX-License-Identifier: Apache-2.0
"""Frechet distance between two sets of images, in the features of a classifier.

The distance of Heusel et al. (2017, arXiv:1706.08500), with another classifier than
Inception. Each set is described by mean and covariance of its features:

    |mean_1 - mean_2|^2 + trace(cov_1 + cov_2 - 2 (cov_1 cov_2)^(1/2))

It is 0 for sets of equal moments. Its scale is that of the features, so distances can
be compared only in the same features and for the same number of images.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.signatures import FEATURES

IMAGES_AT_ONCE: Final = 1000
# A constant feature would leave the covariance without a Cholesky factor.
_JITTER: Final = 1e-9

Signature = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of the features of a set of images."""

    mean: NDArray[np.float64]
    """Mean (features,)."""

    covariance: NDArray[np.float64]
    """Covariance (features, features)."""

    @cached_property
    def factor(self) -> NDArray[np.float64]:
        """Cholesky factor of the covariance (features, features)."""
        size = len(self.mean)
        jitter = _JITTER * max(1.0, float(np.trace(self.covariance)) / size)
        factor: NDArray[Any] = np.linalg.cholesky(
            self.covariance + jitter * np.eye(size)
        )
        return factor


def read_features(signature: Signature, images: NDArray[Any]) -> NDArray[Any]:
    """Compute the features of images, a thousand at a time.

    Args:
        signature: The signature `features` of a classifier.
        images: uint8 (n, height, width, channels).

    Returns:
        float32 (n, features).
    """
    return np.concatenate([f.numpy() for f in _batches(signature, images)])


def _batches(signature: Signature, images: NDArray[Any]) -> Iterator[tf.Tensor]:
    for start in range(0, len(images), IMAGES_AT_ONCE):
        batch = tf.constant(images[start : start + IMAGES_AT_ONCE])
        yield signature(images=batch)[FEATURES]


def measure_moments(features: NDArray[Any]) -> Moments:
    """Measure mean and covariance of features (n, features), in double precision."""
    mean = features.mean(axis=0, dtype=np.float64)
    products = np.zeros((len(mean), len(mean)))
    for start in range(0, len(features), IMAGES_AT_ONCE):
        centred = features[start : start + IMAGES_AT_ONCE] - mean
        products += centred.T @ centred
    return Moments(mean, products / max(1, len(features) - 1))


def frechet_distance(left: Moments, right: Moments) -> float:
    """Compute the Frechet distance of two sets of images; 0 if their moments agree.

    With Cholesky factors L and M the trace of (cov_1 cov_2)^(1/2) is the sum of the
    singular values of L' M, at a third of the cost of a matrix square root.
    """
    product = left.factor.T @ right.factor
    squares = np.linalg.eigvalsh(product @ product.T)
    shared = np.sqrt(squares.clip(min=0.0)).sum()
    shift = np.square(left.mean - right.mean).sum()
    spread = np.trace(left.covariance) + np.trace(right.covariance)
    return max(0.0, float(shift + spread - 2.0 * shared))
