# SPDX-License-Identifier: Apache-2.0
"""The noises that pictures are freed of: one definition for training and for judging.

gaussian      adds to every pixel a normal number of variance 0.1; nothing is clipped
salt_pepper   makes 5 % of the pixels white or black, half of them each
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

Noise = Literal["gaussian", "salt_pepper"]

NOISES: Final[tuple[Noise, ...]] = get_args(Noise)
GAUSSIAN_VARIANCE: Final = 0.1
SALT_PEPPER_SHARE: Final = 0.05
# Any device draws the same numbers with it.
_PHILOX: Final = "philox"


def corrupt(pixels: Any, noises: Sequence[Noise], seed: Any) -> Any:
    """Add noise to images; of several noises, one is drawn for each image.

    Args:
        pixels: float32 (n, height, width, channels), black to white being 0 to 1.
        noises: One or more.
        seed: Two integers; the result depends on nothing else.
    """
    import tensorflow as tf

    seeds = tf.random.split(seed, len(noises) + 1, alg=_PHILOX)
    drawn = tf.random.stateless_uniform(
        [tf.shape(pixels)[0], 1, 1, 1], seeds[0], 0, len(noises), tf.int32, _PHILOX
    )
    corrupted = _KINDS[noises[0]](pixels, seeds[1])
    for number, noise in enumerate(noises[1:], start=1):
        other = _KINDS[noise](pixels, seeds[number + 1])
        corrupted = tf.where(drawn == number, other, corrupted)
    return corrupted


def _gaussian(pixels: Any, seed: Any) -> Any:
    import tensorflow as tf

    deviation = GAUSSIAN_VARIANCE**0.5
    draw = tf.random.stateless_normal(tf.shape(pixels), seed, alg=_PHILOX)
    return pixels + deviation * draw


def _salt_pepper(pixels: Any, seed: Any) -> Any:
    import tensorflow as tf

    draw = tf.random.stateless_uniform(tf.shape(pixels), seed, alg=_PHILOX)
    half = SALT_PEPPER_SHARE / 2
    peppered = tf.where(draw < half, 0.0, pixels)
    return tf.where(draw > 1.0 - half, 1.0, peppered)


_KINDS: Final[Mapping[Noise, Callable[[Any, Any], Any]]] = {
    "gaussian": _gaussian,
    "salt_pepper": _salt_pepper,
}
