# SPDX-License-Identifier: Apache-2.0
"""Transform for labelled images: the label becomes an index, the image stays bytes.

Images are decoded where they are used, in the trainer's input function and in the
serving signature: storing decoded pixels once more costs time and gives nothing.
"""

from collections.abc import Mapping
from typing import Any

from components.contracts.features import IMAGE, LABEL, LABEL_WEIGHT
from components.transform.features import one_value


def preprocessing_fn(
    inputs: Mapping[str, Any], custom_config: Mapping[str, Any]
) -> dict[str, Any]:
    """Map raw features to what the trainer reads.

    Args:
        inputs: Tensors of one value per example; `image` and `label` are read.
        custom_config: `classes` lists the class names in the order of their indices.

    Returns:
        `image` untouched, `label` as int64 index into `classes` (-1 for a name that is
        not there), `label_weight` as float32.
    """
    import tensorflow as tf

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


def _class_weights(matches: Any) -> Any:
    """Weigh each example by its class: inverse share on the train split, mean 1."""
    import tensorflow as tf
    import tensorflow_transform as tft

    one_hot = tf.cast(matches, tf.float32)
    shares = tft.mean(one_hot, reduce_instance_dims=False)
    num_present = tf.reduce_sum(tf.cast(shares > 0, tf.float32))
    weights = tf.math.divide_no_nan(1.0, shares * num_present)
    return tf.linalg.matvec(one_hot, weights)
