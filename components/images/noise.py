# SPDX-License-Identifier: Apache-2.0
"""Corruption of the input of a denoising autoencoder, in training and evaluation.

gaussian      adds a normal number of variance 0.1 to every pixel, without clipping
salt_pepper   sets 2.5 % of the pixels to white and 2.5 % to black
blur          a Gaussian of 1.5 pixels; the only one without chance
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import tensorflow as tf

from components.contracts.image_options import NOISES as NOISES
from components.contracts.image_options import Noise as Noise
from components.images.filters import apply_filters

GAUSSIAN_VARIANCE: Final = 0.1
SALT_PEPPER_SHARE: Final = 0.05
BLUR: Final = "gaussian 9 1.5"
# Draws the same numbers on every device.
_PHILOX: Final = "philox"


def corrupt(pixels: tf.Tensor, noises: Sequence[Noise], seed: Any) -> tf.Tensor:
    """Corrupt images; of several kinds of corruption, one is drawn for each image.

    Args:
        pixels: float32 (n, height, width, channels), 0 for black to 1 for white.
        noises: One kind or more.
        seed: Two integers, which determine the result.
    """
    seeds = tf.random.split(seed, len(noises) + 1, alg=_PHILOX)
    drawn = tf.random.stateless_uniform(
        [tf.shape(pixels)[0], 1, 1, 1], seeds[0], 0, len(noises), tf.int32, _PHILOX
    )
    corrupted = _KINDS[noises[0]](pixels, seeds[1])
    for number, noise in enumerate(noises[1:], start=1):
        other = _KINDS[noise](pixels, seeds[number + 1])
        corrupted = tf.where(drawn == number, other, corrupted)
    return corrupted


def _gaussian(pixels: tf.Tensor, seed: Any) -> tf.Tensor:
    deviation = GAUSSIAN_VARIANCE**0.5
    draw = tf.random.stateless_normal(tf.shape(pixels), seed, alg=_PHILOX)
    return pixels + deviation * draw


def _salt_pepper(pixels: tf.Tensor, seed: Any) -> tf.Tensor:
    draw = tf.random.stateless_uniform(tf.shape(pixels), seed, alg=_PHILOX)
    half = SALT_PEPPER_SHARE / 2
    peppered = tf.where(draw < half, 0.0, pixels)
    return tf.where(draw > 1.0 - half, 1.0, peppered)


def _blur(pixels: tf.Tensor, seed: Any) -> tf.Tensor:
    del seed
    return apply_filters(pixels, [BLUR])


_KINDS: Final[Mapping[Noise, Callable[[tf.Tensor, Any], tf.Tensor]]] = {
    "gaussian": _gaussian,
    "salt_pepper": _salt_pepper,
    "blur": _blur,
}
