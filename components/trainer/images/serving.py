# SPDX-License-Identifier: Apache-2.0
"""What signatures of models of images have in common: examples in, pictures out."""

from collections.abc import Callable
from typing import Any, Final

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE
from components.trainer.images.input_pipeline import decode_images

_WHITE: Final = 255.0


def to_images(pixels: Any) -> Any:
    """Pixels from 0 to 1 as uint8; what lies outside is cut off."""
    import tensorflow as tf

    clipped = tf.clip_by_value(pixels, 0.0, 1.0)
    return tf.cast(tf.round(clipped * _WHITE), tf.uint8)


def from_images(images: Any) -> Any:
    """uint8 images as float32 pixels from 0 to 1."""
    import tensorflow as tf

    return tf.cast(images, tf.float32) / _WHITE


def serve_examples(
    answer: Callable[[Any], dict[str, Any]], transform_output: str, facts: DatasetFacts
) -> tuple[Any, Any]:
    """Make the signature that takes serialized tf.Examples.

    Args:
        answer: What is said of uint8 images.
        transform_output: Folder of the transform graph.
        facts: The data set, for the shape and encoding of an image.

    Returns:
        The function, and a layer to be tracked: its tables and files go into the
        SavedModel with it.
    """
    import tensorflow as tf
    import tensorflow_transform as tft

    transform = tft.TFTransformOutput(transform_output)
    layer = transform.transform_features_layer()
    raw_spec = {IMAGE: transform.raw_feature_spec()[IMAGE]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        raw = tf.io.parse_example(examples, raw_spec)
        return answer(decode_images(layer(raw)[IMAGE], facts))

    return serve, layer
