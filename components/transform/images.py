# SPDX-License-Identifier: Apache-2.0
"""Transform of labelled images: labels become class indices, images stay encoded.

The trainer's input pipeline and the serving signatures decode the images: decoded
pixels in Transform's output would take more space and save no time.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import IMAGE, LABEL, LABEL_WEIGHT
from components.transform.features import one_value


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor | tf.SparseTensor],
    custom_config: Mapping[str, Any],
) -> dict[str, tf.Tensor]:
    """Map raw features to the trainer's features.

    Args:
        inputs: Features with one value per example, of which `image` (string) and
            `label` (string) are read.
        custom_config: `classes`: class names in the order of their indices.

    Returns:
        `image`: string (n,), unchanged; `label`: int64 (n,), index into `classes`, -1
        for an unknown name; `label_weight`: float32 (n,), inverse share of the class in
        the training split, with mean 1.
    """
    matches = tf.equal(
        one_value(inputs[LABEL])[:, tf.newaxis],
        tf.constant(list(custom_config["classes"]))[tf.newaxis, :],
    )
    index = tf.where(tf.reduce_any(matches, axis=1), tf.argmax(matches, axis=1), -1)
    return {
        IMAGE: one_value(inputs[IMAGE]),
        LABEL: index,
        LABEL_WEIGHT: _class_weights(matches),
    }


def _class_weights(matches: tf.Tensor) -> tf.Tensor:
    """Compute the class weight of each example from booleans (n, classes)."""
    one_hot = tf.cast(matches, tf.float32)
    shares = tft.mean(one_hot, reduce_instance_dims=False)
    num_present = tf.reduce_sum(tf.cast(shares > 0, tf.float32))
    weights = tf.math.divide_no_nan(1.0, shares * num_present)
    return tf.linalg.matvec(one_hot, weights)
