# SPDX-License-Identifier: Apache-2.0
"""Bounds on the log-likelihood of images under a variational autoencoder, in nats.

The evidence lower bound (ELBO; Kingma and Welling 2013) is the expected log-likelihood
of an image over codes z drawn from the encoder's posterior q(z | x), less the
Kullback-Leibler divergence of q from the prior. The importance-weighted bound (IWAE;
Burda et al. 2016) averages k such draws inside the logarithm and approaches the
likelihood as k grows. Both use the signatures of the exported model alone.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.image_options import Likelihood
from components.contracts.signatures import DECODE, ENCODE, LOG_VARIANCE, LOGITS, MEAN
from components.evaluator.images import to_images
from components.images.pixel_likelihood import grey_nats
from components.serving.saved_model import SavedModel

# Codes decoded at once: what memory must hold.
_CODES_AT_ONCE: Final = 10_000


@dataclass(frozen=True)
class PixelDensity:
    """Distribution of a pixel around what the decoder predicts."""

    likelihood: Likelihood = "bernoulli"
    """Its name."""

    weight: float = 1.0
    """Weight of the errors, of another one than Bernoulli."""


BERNOULLI: Final = PixelDensity()


@dataclass(frozen=True)
class Posterior:
    """Diagonal normal distributions q(z | x) of the codes of some images."""

    mean: NDArray[np.float32]
    """float32 (n, latent)."""

    log_variance: NDArray[np.float32]
    """float32 (n, latent)."""

    def draw(
        self, random: np.random.Generator, count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Draw codes for each image.

        Args:
            random: Source of the draws.
            count: Codes per image.

        Returns:
            Standard normal numbers and the codes made of them, each
            (n, count, latent).
        """
        num, size = self.mean.shape
        noise = random.standard_normal((num, count, size), np.float32)
        deviation = np.exp(0.5 * self.log_variance)[:, np.newaxis]
        return noise, self.mean[:, np.newaxis] + noise * deviation

    @property
    def kl_divergence(self) -> NDArray[np.float32]:
        """KL divergence from the prior of each latent unit, in nats: (n, latent)."""
        variance = np.exp(self.log_variance)
        nats: NDArray[Any] = 0.5 * (
            np.square(self.mean) + variance - self.log_variance - 1.0
        )
        return nats


def encode(model: SavedModel, pixels: NDArray[np.float32]) -> Posterior:
    """Compute the posterior of the code of each image.

    Args:
        model: It must have the signature `encode`.
        pixels: float32 (n, height, width, channels) from 0 to 1.
    """
    images = to_images(pixels)
    mean = model.predict_batches(ENCODE, MEAN, images=images)
    return Posterior(mean, model.predict_batches(ENCODE, LOG_VARIANCE, images=images))


def reconstruction_nats(
    model: SavedModel,
    pixels: NDArray[np.float32],
    posterior: Posterior,
    count: int,
    seed: int,
    density: PixelDensity = BERNOULLI,
) -> NDArray[np.float32]:
    """Estimate the expected negative log-likelihood of each image under its posterior.

    Args:
        model: It must have the signature `decode`.
        pixels: float32 (n, height, width, channels) from 0 to 1.
        posterior: Of the codes of these images.
        count: Codes drawn per image.
        seed: Seeds the draws.
        density: Distribution of a pixel. Defaults to Bernoulli.

    Returns:
        Nats per image: (n,).
    """
    random = np.random.default_rng(seed)
    nats = []
    for rows in _blocks(len(pixels), count):
        _, codes = _part(posterior, rows).draw(random, count)
        losses = _negative_log_likelihood(model, pixels[rows], codes, density)
        nats.append(losses.mean(axis=1))
    return np.concatenate(nats)


def importance_weighted_nats(
    model: SavedModel,
    pixels: NDArray[np.float32],
    posterior: Posterior,
    count: int,
    seed: int,
    density: PixelDensity = BERNOULLI,
) -> NDArray[np.float32]:
    """Estimate the negative importance-weighted bound of each image.

    Args:
        model: It must have the signature `decode`.
        pixels: float32 (n, height, width, channels) from 0 to 1.
        posterior: Of the codes of these images; the proposal distribution.
        count: Codes drawn per image.
        seed: Seeds the draws.
        density: Distribution of a pixel. Defaults to Bernoulli.

    Returns:
        Nats per image: (n,).
    """
    random = np.random.default_rng(seed)
    nats = []
    for rows in _blocks(len(pixels), count):
        part = _part(posterior, rows)
        noise, codes = part.draw(random, count)
        # log p(z) - log q(z | x); what both have in common cancels.
        spread = 0.5 * part.log_variance.sum(axis=1)[:, np.newaxis]
        ratio = 0.5 * (np.square(noise) - np.square(codes)).sum(axis=2) + spread
        losses = _negative_log_likelihood(model, pixels[rows], codes, density)
        weights = ratio - losses
        largest = weights.max(axis=1, keepdims=True)
        means = np.exp(weights - largest).mean(axis=1)
        nats.append(-(largest[:, 0] + np.log(means)))
    return np.concatenate(nats)


def _negative_log_likelihood(
    model: SavedModel,
    pixels: NDArray[np.float32],
    codes: NDArray[np.float32],
    density: PixelDensity,
) -> NDArray[np.float32]:
    """Compute -log p(x | z) of each image and each of its codes: (n, codes)."""
    num, count, size = codes.shape
    decoded = model.signature(DECODE)(code=tf.constant(codes.reshape(-1, size)))
    logits = tf.reshape(decoded[LOGITS], [num, count, -1])
    targets = tf.reshape(tf.constant(pixels), [num, 1, -1])
    nats: NDArray[Any]
    if density.likelihood != "bernoulli":
        each = grey_nats(targets, logits, density.likelihood, density.weight)
        nats = tf.reduce_sum(each, axis=2).numpy()
        return nats
    # -log p = softplus(logit) - pixel * logit, summed; the product is a matrix one.
    linear = tf.matmul(logits, targets, transpose_b=True)[..., 0]
    nats = (tf.reduce_sum(tf.nn.softplus(logits), axis=2) - linear).numpy()
    return nats


def _blocks(num: int, count: int) -> list[slice]:
    size = max(1, _CODES_AT_ONCE // count)
    return [slice(start, start + size) for start in range(0, num, size)]


def _part(posterior: Posterior, rows: slice) -> Posterior:
    return Posterior(posterior.mean[rows], posterior.log_variance[rows])
