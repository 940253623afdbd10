# SPDX-License-Identifier: Apache-2.0
"""Decoding and resizing of images, the same in training and in the exported model.

Only TensorFlow operations are used, so the exported graph needs nothing else.
"""

from collections.abc import Callable
from typing import Final

import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.core.checks import expect
from components.trainer.images.params import ImageSize

RGB: Final = 3

# A JPEG can be decoded at a half, a quarter or an eighth of its size, in a fraction of
# the time. It stays at least `_MARGIN` times as large as the model's input.
_JPEG_RATIOS: Final = (1, 2, 4, 8)
_MARGIN: Final = 2
# Photographs decoded at the same time: one of 12 million pixels takes 36 MB.
_PARALLEL: Final = 4


def input_shape(facts: DatasetFacts, size: ImageSize) -> tuple[int, ...]:
    """Return height, width and channels of a model's images.

    Args:
        facts: The data set; its own shape holds unless each image has one.
        size: Size of the model's images.

    Raises:
        ValueError: If the data set has photographs and the size is 0.
    """
    if not facts.item_kind.has_encoded_pictures:
        return facts.image_shape
    expect(size.size > 0, "image.size", f"pixels, for {facts.name!r}", size.size)
    return (size.size, size.size, RGB)


def decode_images(
    encoded: tf.Tensor,
    facts: DatasetFacts,
    size: ImageSize = ImageSize(),  # noqa: B008 - frozen
) -> tf.Tensor:
    """Decode the bytes of images to pixels.

    Args:
        encoded: string (n,).
        facts: The data set, for the modality and shape of an image.
        size: Size of the model's images. Defaults to that of the data set.

    Returns:
        uint8 (n, height, width, channels).

    Raises:
        ValueError: If an item is no picture.
    """
    if not facts.item_kind.picture:
        raise ValueError(
            f"{facts.name!r}: expected a modality of pictures.\n"
            f"Received {facts.modality!r}."
        )
    if facts.item_kind.picture.is_encoded:
        return decode_photographs(encoded, size)
    return tf.reshape(tf.io.decode_raw(encoded, tf.uint8), [-1, *facts.image_shape])


def decode_photographs(encoded: tf.Tensor, size: ImageSize) -> tf.Tensor:
    """Decode photographs and resize them to one size.

    Args:
        encoded: string (n,), the bytes of JPEG or PNG files.
        size: Size of the model's images.

    Returns:
        uint8 (n, size, size, 3).
    """
    side = size.size
    images = tf.map_fn(
        lambda one: _resize(_decode(one, side), size),
        encoded,
        fn_output_signature=tf.TensorSpec([side, side, RGB], tf.uint8),
        parallel_iterations=_PARALLEL,
    )
    return tf.ensure_shape(images, [None, side, side, RGB])


def _decode(encoded: tf.Tensor, side: int) -> tf.Tensor:
    image = tf.cond(
        tf.io.is_jpeg(encoded),
        lambda: _decode_jpeg(encoded, side),
        lambda: tf.io.decode_image(encoded, channels=RGB, expand_animations=False),
    )
    return tf.ensure_shape(image, [None, None, RGB])


def _decode_jpeg(encoded: tf.Tensor, side: int) -> tf.Tensor:
    shorter = tf.reduce_min(tf.io.extract_jpeg_shape(encoded)[:2])
    is_large = [shorter >= side * _MARGIN * ratio for ratio in _JPEG_RATIOS[1:]]

    def decode_at(ratio: int) -> Callable[[], tf.Tensor]:
        # The default method differs between processors.
        return lambda: tf.io.decode_jpeg(
            encoded, channels=RGB, ratio=ratio, dct_method="INTEGER_ACCURATE"
        )

    branches = [decode_at(ratio) for ratio in _JPEG_RATIOS]
    return tf.switch_case(tf.reduce_sum(tf.cast(is_large, tf.int32)), branches)


def _resize(image: tf.Tensor, size: ImageSize) -> tf.Tensor:
    """Resize uint8 (height, width, 3) to uint8 (size, size, 3), bilinearly."""
    side = size.size
    if size.fit == "crop":
        height, width = tf.unstack(tf.shape(image)[:2])
        edge = tf.minimum(height, width)
        top, left = (height - edge) // 2, (width - edge) // 2
        image = image[top : top + edge, left : left + edge]
    if size.fit == "pad":
        resized = tf.image.resize_with_pad(image, side, side, antialias=True)
    else:
        resized = tf.image.resize(image, [side, side], antialias=True)
    resized = tf.ensure_shape(resized, [side, side, RGB])
    return tf.saturate_cast(tf.round(resized), tf.uint8)
