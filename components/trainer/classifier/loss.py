# SPDX-License-Identifier: Apache-2.0
"""Loss of a classifier."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

# Labels (n,) or (n, 1) and logits (n, classes) -> losses.
Loss = Callable[[Any, Any], Any]


def cross_entropy(label_smoothing: float, num_classes: int) -> Loss:
    """Make the cross-entropy loss of logits (n, classes) and class indices.

    Args:
        label_smoothing: Share of each target that is spread evenly over all classes.
        num_classes: Number of logits.
    """
    if not label_smoothing:
        plain: Loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        return plain

    def smoothed_cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        # Keras passes labels of shape (n, 1) for logits of shape (n, classes).
        indices = keras.ops.cast(keras.ops.reshape(labels, [-1]), "int32")
        return keras.losses.categorical_crossentropy(
            keras.ops.one_hot(indices, num_classes),
            logits,
            from_logits=True,
            label_smoothing=label_smoothing,
        )

    return smoothed_cross_entropy
