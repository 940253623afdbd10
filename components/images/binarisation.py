# SPDX-License-Identifier: Apache-2.0
"""How grey pixels become the zeros and ones that a Bernoulli likelihood is about.

stochastic   white with the probability that the grey level says, drawn with a seed
threshold    white from the middle grey on
grey         left as they are; a likelihood of these is a score, not a probability

A likelihood under one rule says nothing beside one under another: on MNIST they are 15
nats apart. The rule is part of the name of every figure.
"""

from typing import Any, Final, Literal, get_args

Binarisation = Literal["stochastic", "threshold", "grey"]

BINARISATIONS: Final[tuple[Binarisation, ...]] = get_args(Binarisation)
_WHITE: Final = 255.0
_MIDDLE: Final = 0.5
# Any device draws the same numbers with it.
_PHILOX: Final = "philox"


def binarise(images: Any, rule: Binarisation, seed: Any) -> Any:
    """Bring uint8 images to float32 from 0 to 1, by a rule.

    Args:
        images: uint8 (n, height, width, channels).
        rule: `stochastic`, `threshold` or `grey`.
        seed: Two integers, which `stochastic` alone looks at.
    """
    import tensorflow as tf

    pixels = tf.cast(images, tf.float32) / _WHITE
    if rule == "grey":
        return pixels
    if rule == "threshold":
        return tf.cast(pixels >= _MIDDLE, tf.float32)
    draw = tf.random.stateless_uniform(tf.shape(pixels), seed, alg=_PHILOX)
    return tf.cast(draw < pixels, tf.float32)
