# SPDX-License-Identifier: Apache-2.0
"""Binarisation of grey images for a Bernoulli likelihood.

stochastic   1 with the grey level as probability, drawn with a seed
threshold    1 from the middle grey level on
grey         unchanged; a Bernoulli "likelihood" of these is a score, no probability

Likelihoods under different rules cannot be compared: on MNIST they are 15 nats apart.
Therefore the rule is part of the name of every such metric.
"""

from typing import Any, Final

import tensorflow as tf

from components.contracts.image_options import Binarisation as Binarisation

_WHITE: Final = 255.0
_MIDDLE: Final = 0.5
# Draws the same numbers on every device.
_PHILOX: Final = "philox"


def binarise(images: tf.Tensor, rule: Binarisation, seed: Any) -> tf.Tensor:
    """Convert uint8 images to float32 from 0 to 1 by a rule.

    Args:
        images: uint8 (n, height, width, channels).
        rule: `stochastic`, `threshold` or `grey`.
        seed: Two integers; used by `stochastic` only.
    """
    pixels = tf.cast(images, tf.float32) / _WHITE
    if rule == "grey":
        return pixels
    if rule == "threshold":
        return tf.cast(pixels >= _MIDDLE, tf.float32)
    draw = tf.random.stateless_uniform(tf.shape(pixels), seed, alg=_PHILOX)
    return tf.cast(draw < pixels, tf.float32)
