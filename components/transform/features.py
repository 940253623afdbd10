# SPDX-License-Identifier: Apache-2.0
"""Raw features as a preprocessing function receives them."""

import tensorflow as tf


def one_value(feature: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    """Return a feature with exactly one value per example as a vector (n,)."""
    # TFX passes a sparse tensor if the schema has no shape for the feature.
    values = feature.values if isinstance(feature, tf.SparseTensor) else feature
    return tf.reshape(values, [-1])
