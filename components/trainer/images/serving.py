# SPDX-License-Identifier: Apache-2.0
"""Serving functions of models that take images, and conversion of their pixels."""

from collections.abc import Callable
from typing import Final

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE
from components.trainer.images.params import ImageSize
from components.trainer.images.resizing import decode_images

_WHITE: Final = 255.0

# uint8 images (n, height, width, channels) -> outputs of a signature by name.
ServingFunction = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def to_uint8(pixels: tf.Tensor) -> tf.Tensor:
    """Convert float pixels from 0 to 1 to uint8, clipping those outside."""
    clipped = tf.clip_by_value(pixels, 0.0, 1.0)
    return tf.cast(tf.round(clipped * _WHITE), tf.uint8)


def to_unit_interval(images: tf.Tensor) -> tf.Tensor:
    """Convert uint8 images to float32 pixels from 0 to 1."""
    return tf.cast(images, tf.float32) / _WHITE


def serve_examples(
    predict: ServingFunction,
    transform_output: str,
    facts: DatasetFacts,
    size: ImageSize = ImageSize(),  # noqa: B008 - frozen
) -> tuple[tf.types.experimental.PolymorphicFunction, keras.layers.Layer]:
    """Make the signature that takes serialized tf.Examples.

    Args:
        predict: Outputs of the signature for images as the network takes them.
        transform_output: Folder of the transform graph.
        facts: The data set, for the modality and shape of an image.
        size: Size of the model's images. Defaults to that of the data set.

    Returns:
        The function, and a layer that the export must track: its tables and files are
        part of the SavedModel.
    """
    transform = tft.TFTransformOutput(transform_output)
    layer = transform.transform_features_layer()
    raw_spec = {IMAGE: transform.raw_feature_spec()[IMAGE]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        images = layer(tf.io.parse_example(examples, raw_spec))[IMAGE]
        if images.dtype == tf.string:
            images = decode_images(images, facts, size)
        return predict(images)

    return serve, layer
