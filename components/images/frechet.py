# SPDX-License-Identifier: Apache-2.0
"""The Frechet distance between two sets of images, in the features of a classifier.

Each set is summed up by mean and covariance of its features, as if they were normal:

    |mean_1 - mean_2|^2 + trace(cov_1 + cov_2 - 2 (cov_1 cov_2)^(1/2))

It is 0 for two sets alike. Its scale is that of the features, so a distance says
something only beside another one in the same features, with as many images.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGES_AT_ONCE: Final = 1000
# Features that never vary would leave the covariance without a Cholesky factor.
_JITTER: Final = 1e-9

Signature = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of the features of a set of images."""

    mean: "NDArray[Any]"
    covariance: "NDArray[Any]"

    @cached_property
    def factor(self) -> "NDArray[Any]":
        """The Cholesky factor of the covariance."""
        import numpy as np

        size = len(self.mean)
        jitter = _JITTER * max(1.0, float(np.trace(self.covariance)) / size)
        factor: NDArray[Any] = np.linalg.cholesky(
            self.covariance + jitter * np.eye(size)
        )
        return factor


def read_features(signature: Signature, images: "NDArray[Any]") -> "NDArray[Any]":
    """Ask a classifier for the features of uint8 images (n, height, width, channels).

    Args:
        signature: Its signature `features`.
        images: As many as fit in memory; they are asked for a thousand at a time.
    """
    import numpy as np

    return np.concatenate([f.numpy() for f in _batches(signature, images)])


def _batches(signature: Signature, images: "NDArray[Any]") -> Iterator[Any]:
    import tensorflow as tf

    for start in range(0, len(images), IMAGES_AT_ONCE):
        batch = tf.constant(images[start : start + IMAGES_AT_ONCE])
        yield signature(images=batch)[FEATURES]


def measure_moments(features: "NDArray[Any]") -> Moments:
    """Mean and covariance of features (n, features), in double precision."""
    import numpy as np

    mean = features.mean(axis=0, dtype=np.float64)
    products = np.zeros((len(mean), len(mean)))
    for start in range(0, len(features), IMAGES_AT_ONCE):
        centred = features[start : start + IMAGES_AT_ONCE] - mean
        products += centred.T @ centred
    return Moments(mean, products / max(1, len(features) - 1))


def frechet_distance(left: Moments, right: Moments) -> float:
    """How far two sets of images are apart; 0 if their moments agree.

    With Cholesky factors L and M the trace of (cov_1 cov_2)^(1/2) is the sum of the
    singular values of L' M, which costs a third of the usual matrix square root.
    """
    import numpy as np

    product = left.factor.T @ right.factor
    squares = np.linalg.eigvalsh(product @ product.T)
    shared = np.sqrt(squares.clip(min=0.0)).sum()
    shift = np.square(left.mean - right.mean).sum()
    spread = np.trace(left.covariance) + np.trace(right.covariance)
    return max(0.0, float(shift + spread - 2.0 * shared))
