# SPDX-License-Identifier: Apache-2.0
"""Pixels that Transform prepares, by filters or whitening, on their way to a network.

Examples hold the bytes of an image, and pass through the transform graph. So do uint8
pixels that a caller sends: the same graph prepares them.
"""

from collections.abc import Callable

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import IMAGE


def prepares_pixels(transform_output: str) -> bool:
    """Tell whether Transform returns float pixels, and not the bytes of an image.

    Args:
        transform_output: Folder of the transform graph.
    """
    spec = tft.TFTransformOutput(transform_output).transformed_feature_spec()
    return bool(spec[IMAGE].dtype != tf.string)


def pixel_preparation(
    transform_output: str, layer: keras.layers.Layer
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a function from uint8 images to what the network takes.

    Args:
        transform_output: Folder of the transform graph.
        layer: The graph as a layer.
    """
    if not prepares_pixels(transform_output):
        return lambda images: images
    return lambda images: layer({IMAGE: to_bytes(images)})[IMAGE]


def to_bytes(images: tf.Tensor) -> tf.Tensor:
    """Return the bytes of uint8 images (n, height, width, channels): string (n,)."""
    texts = tf.constant([bytes([value]) for value in range(256)])
    flat = tf.reshape(tf.cast(images, tf.int32), [tf.shape(images)[0], -1])
    return tf.strings.reduce_join(tf.gather(texts, flat), axis=1)


def image_input(
    image_shape: tuple[int, ...], image_type: str
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Make the input of a classifier.

    Args:
        image_shape: Height, width and channels.
        image_type: `uint8`, or `float32` of pixels that Transform prepared.

    Returns:
        The input, and its pixels as the first layer takes them: from 0 to 1, or as they
        were prepared.
    """
    images = keras.Input(image_shape, dtype=image_type, name="images")
    if image_type == "uint8":
        return images, keras.layers.Rescaling(1 / 255)(images)
    return images, images
