# SPDX-License-Identifier: Apache-2.0
"""Transform of labelled images: labels become class indices, images stay encoded.

The trainer's input pipeline and the serving signatures decode the images: decoded
pixels in Transform's output would take more space and save no time.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from components.contracts.features import IMAGE, LABEL
from components.transform.features import one_value
from components.transform.labels import label_features


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
    return {
        IMAGE: one_value(inputs[IMAGE]),
        **label_features(one_value(inputs[LABEL]), custom_config["classes"]),
    }
