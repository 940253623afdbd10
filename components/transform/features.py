# SPDX-License-Identifier: Apache-2.0
"""Raw features as a preprocessing function receives them."""

from typing import TypeAlias

import tensorflow as tf

Feature: TypeAlias = tf.Tensor | tf.SparseTensor


def value_or(feature: Feature, missing: float | str) -> tf.Tensor:
    """Return a feature as a vector (n,), with a given value where it has none."""
    if not isinstance(feature, tf.SparseTensor):
        return tf.reshape(feature, [-1])
    column = tf.SparseTensor(
        feature.indices[:, :1], feature.values, feature.dense_shape[:1]
    )
    return tf.sparse.to_dense(column, default_value=missing)


def one_value(feature: tf.Tensor | tf.SparseTensor) -> tf.Tensor:
    """Return a feature with exactly one value per example as a vector (n,)."""
    # TFX passes a sparse tensor if the schema has no shape for the feature.
    values = feature.values if isinstance(feature, tf.SparseTensor) else feature
    return tf.reshape(values, [-1])
