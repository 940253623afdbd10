# SPDX-License-Identifier: Apache-2.0
"""Transform of class names: indices, and the weight of each class."""

from collections.abc import Sequence

import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import LABEL, LABEL_WEIGHT


def label_features(names: tf.Tensor, classes: Sequence[str]) -> dict[str, tf.Tensor]:
    """Map class names to the features of a label.

    Args:
        names: string (n,).
        classes: Class names in the order of their indices.

    Returns:
        `label`: int64 (n,), index into `classes`, -1 for an unknown name;
        `label_weight`: float32 (n,), inverse share of the class in the training split,
        with mean 1.
    """
    matches = tf.equal(names[:, tf.newaxis], tf.constant(list(classes))[tf.newaxis, :])
    index = tf.where(tf.reduce_any(matches, axis=1), tf.argmax(matches, axis=1), -1)
    return {LABEL: index, LABEL_WEIGHT: _class_weights(matches)}


def _class_weights(matches: tf.Tensor) -> tf.Tensor:
    """Compute the class weight of each example from booleans (n, classes)."""
    one_hot = tf.cast(matches, tf.float32)
    shares = tft.mean(one_hot, reduce_instance_dims=False)
    num_present = tf.reduce_sum(tf.cast(shares > 0, tf.float32))
    weights = tf.math.divide_no_nan(1.0, shares * num_present)
    return tf.linalg.matvec(one_hot, weights)
