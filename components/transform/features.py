# SPDX-License-Identifier: Apache-2.0
"""How raw features arrive in a preprocessing function."""

from typing import Any


def one_value(feature: Any) -> Any:
    """A feature with exactly one value per example, as a vector."""
    import tensorflow as tf

    # The schema decides the kind: without a shape in it, TFX hands over sparse tensors.
    values = feature.values if isinstance(feature, tf.SparseTensor) else feature
    return tf.reshape(values, [-1])
