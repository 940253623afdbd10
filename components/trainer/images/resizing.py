# SPDX-License-Identifier: Apache-2.0
"""How photographs of any size become inputs of one size, the same when served.

What stands here runs in two places: where the trainer reads its examples, and inside
the exported model. It decodes with TensorFlow alone, so a caller needs nothing else.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from components.contracts.dataset_facts import DatasetFacts
from components.core.checks import expect

RGB: Final = 3

# A JPEG may be decoded at a half, a quarter or an eighth of its size, which costs a
# fraction of the time. It stays at least twice as large as what is wanted.
_JPEG_RATIOS: Final = (1, 2, 4, 8)
_MARGIN: Final = 2
# Photographs decoded at the same time: one of 12 million pixels takes 36 MB.
_PARALLEL: Final = 4


@dataclass(frozen=True)
class Framing:
    """How large a model's images are and how a photograph is brought to that size."""

    size: int = 0
    """Side of the square input in pixels; 0 where all images have one size already."""

    fit: Literal["stretch", "pad", "crop"] = "stretch"
    """`stretch` gives up the proportions, `pad` adds bars, `crop` cuts ends off."""

    memory_mb: int = 600
    """Largest split kept in memory as pixels; a larger one lies in a file meanwhile."""

    def __post_init__(self) -> None:
        expect(self.size >= 0, "size", "pixels, 0 or more", self.size)
        expect(self.memory_mb >= 0, "memory_mb", "0 or more", self.memory_mb)


def framed_shape(facts: DatasetFacts, framing: Framing) -> tuple[int, ...]:
    """Height, width and channels of a model's images.

    Raises:
        ValueError: If neither the data set nor the framing tells the size.
    """
    if not facts.has_photographs:
        return facts.image_shape
    expect(framing.size > 0, "image.size", f"pixels, for {facts.name!r}", framing.size)
    return (framing.size, framing.size, RGB)


def decode_photographs(encoded: Any, framing: Framing) -> Any:
    """Decode a batch of photographs to uint8 pixels of one size.

    Args:
        encoded: String tensor (batch,) of JPEG or PNG bytes.
        framing: The size and how it is reached.

    Returns:
        uint8 tensor (batch, size, size, 3).
    """
    import tensorflow as tf

    size = framing.size
    images = tf.map_fn(
        lambda one: _frame(_decode(one, size), framing),
        encoded,
        fn_output_signature=tf.TensorSpec([size, size, RGB], tf.uint8),
        parallel_iterations=_PARALLEL,
    )
    return tf.ensure_shape(images, [None, size, size, RGB])


def _decode(encoded: Any, size: int) -> Any:
    import tensorflow as tf

    image = tf.cond(
        tf.io.is_jpeg(encoded),
        lambda: _decode_jpeg(encoded, size),
        lambda: tf.io.decode_image(encoded, channels=RGB, expand_animations=False),
    )
    return tf.ensure_shape(image, [None, None, RGB])


def _decode_jpeg(encoded: Any, size: int) -> Any:
    import tensorflow as tf

    shorter = tf.reduce_min(tf.io.extract_jpeg_shape(encoded)[:2])
    enough = [shorter >= size * _MARGIN * ratio for ratio in _JPEG_RATIOS[1:]]

    def decode_at(ratio: int) -> Any:
        # The default method differs from processor to processor.
        return lambda: tf.io.decode_jpeg(
            encoded, channels=RGB, ratio=ratio, dct_method="INTEGER_ACCURATE"
        )

    branches = [decode_at(ratio) for ratio in _JPEG_RATIOS]
    return tf.switch_case(tf.reduce_sum(tf.cast(enough, tf.int32)), branches)


def _frame(image: Any, framing: Framing) -> Any:
    import tensorflow as tf

    size = framing.size
    if framing.fit == "crop":
        height, width = tf.unstack(tf.shape(image)[:2])
        side = tf.minimum(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        image = image[top : top + side, left : left + side]
    if framing.fit == "pad":
        resized = tf.image.resize_with_pad(image, size, size, antialias=True)
    else:
        resized = tf.image.resize(image, [size, size], antialias=True)
    resized = tf.ensure_shape(resized, [size, size, RGB])
    return tf.saturate_cast(tf.round(resized), tf.uint8)
