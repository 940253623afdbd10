# SPDX-License-Identifier: Apache-2.0
"""Bounds of the likelihood that a variational autoencoder gives to images, in nats.

The evidence lower bound draws codes from what the encoder names and counts how probable
they make the image, less the divergence from the prior. The importance-weighted bound
averages k such draws inside the logarithm and comes nearer to the likelihood the larger
k is (Burda et al. 2016). Both are of the model as exported, by its signatures alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import DECODE, ENCODE, LOG_VARIANCE, LOGITS, MEAN
from components.evaluator.images import to_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.serving.saved_model import ServedModel

# Codes decoded at once: what memory must hold.
_CODES_AT_ONCE: Final = 10_000


@dataclass(frozen=True)
class Posterior:
    """What the encoder says of some images.

    Attributes:
        mean: float (n, latent).
        log_variance: float (n, latent).
    """

    mean: "NDArray[Any]"
    log_variance: "NDArray[Any]"

    def draw(self, random: Any, count: int) -> tuple["NDArray[Any]", "NDArray[Any]"]:
        """Draw codes for each image.

        Args:
            random: NumPy's generator.
            count: Codes per image.

        Returns:
            Normal numbers and the codes they stand for, each (n, count, latent).
        """
        import numpy as np

        num, size = self.mean.shape
        noise = random.standard_normal((num, count, size), np.float32)
        deviation = np.exp(0.5 * self.log_variance)[:, np.newaxis]
        return noise, self.mean[:, np.newaxis] + noise * deviation

    @property
    def divergence(self) -> "NDArray[Any]":
        """KL from the prior of each code number of each image, in nats (n, latent)."""
        import numpy as np

        variance = np.exp(self.log_variance)
        nats: NDArray[Any] = 0.5 * (
            np.square(self.mean) + variance - self.log_variance - 1.0
        )
        return nats


def encode(model: "ServedModel", pixels: "NDArray[Any]") -> Posterior:
    """Ask the encoder about pixels.

    Args:
        model: It must have the signature `encode`.
        pixels: float (n, height, width, channels) from 0 to 1.
    """
    images = to_images(pixels)
    mean = model.answers(ENCODE, MEAN, images=images)
    return Posterior(mean, model.answers(ENCODE, LOG_VARIANCE, images=images))


def reconstruction_nats(
    model: "ServedModel",
    pixels: "NDArray[Any]",
    posterior: Posterior,
    count: int,
    seed: int,
) -> "NDArray[Any]":
    """Negative log-likelihood of each image, mean over codes drawn for it.

    Args:
        model: It must have the signature `decode`.
        pixels: float (n, height, width, channels) from 0 to 1.
        posterior: What the encoder says of them.
        count: Codes per image.
        seed: Decides the codes.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    found = []
    for rows in _blocks(len(pixels), count):
        _, codes = _part(posterior, rows).draw(random, count)
        found.append(_negative_log_likelihood(model, pixels[rows], codes).mean(axis=1))
    return np.concatenate(found)


def importance_weighted_nats(
    model: "ServedModel",
    pixels: "NDArray[Any]",
    posterior: Posterior,
    count: int,
    seed: int,
) -> "NDArray[Any]":
    """Negative importance-weighted bound of each image; arguments as above."""
    import numpy as np

    random = np.random.default_rng(seed)
    found = []
    for rows in _blocks(len(pixels), count):
        part = _part(posterior, rows)
        noise, codes = part.draw(random, count)
        # log p(code) - log q(code); what both have in common cancels.
        spread = 0.5 * part.log_variance.sum(axis=1)[:, np.newaxis]
        ratio = 0.5 * (np.square(noise) - np.square(codes)).sum(axis=2) + spread
        weights = ratio - _negative_log_likelihood(model, pixels[rows], codes)
        largest = weights.max(axis=1, keepdims=True)
        means = np.exp(weights - largest).mean(axis=1)
        found.append(-(largest[:, 0] + np.log(means)))
    return np.concatenate(found)


def _negative_log_likelihood(
    model: "ServedModel", pixels: "NDArray[Any]", codes: "NDArray[Any]"
) -> "NDArray[Any]":
    """Of each image given each of its codes: (n, codes)."""
    import tensorflow as tf

    num, count, size = codes.shape
    decoded = model.signature(DECODE)(code=tf.constant(codes.reshape(-1, size)))
    logits = tf.reshape(decoded[LOGITS], [num, count, -1])
    targets = tf.reshape(tf.constant(pixels), [num, 1, -1])
    # -log p = softplus(logit) - pixel * logit, summed; the product is a matrix one.
    linear = tf.matmul(logits, targets, transpose_b=True)[..., 0]
    nats: NDArray[Any] = (
        tf.reduce_sum(tf.nn.softplus(logits), axis=2) - linear
    ).numpy()
    return nats


def _blocks(num: int, count: int) -> list[slice]:
    size = max(1, _CODES_AT_ONCE // count)
    return [slice(start, start + size) for start in range(0, num, size)]


def _part(posterior: Posterior, rows: slice) -> Posterior:
    return Posterior(posterior.mean[rows], posterior.log_variance[rows])
