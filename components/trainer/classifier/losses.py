# SPDX-License-Identifier: Apache-2.0
"""Losses of classifiers that end in logits and learn from class indices."""

from typing import Any


def cross_entropy(label_smoothing: float, num_classes: int) -> Any:
    """Mean cross-entropy for `compile`.

    Args:
        label_smoothing: Share of each target spread evenly over all classes.
        num_classes: Number of logits.
    """
    import keras

    if not label_smoothing:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def smoothed_cross_entropy(labels: Any, logits: Any) -> Any:
        # Keras gives the labels a last axis where the logits have one.
        indices = keras.ops.cast(keras.ops.reshape(labels, [-1]), "int32")
        return keras.losses.categorical_crossentropy(
            keras.ops.one_hot(indices, num_classes),
            logits,
            from_logits=True,
            label_smoothing=label_smoothing,
        )

    return smoothed_cross_entropy
