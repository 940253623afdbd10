# SPDX-License-Identifier: Apache-2.0
"""Transform of ratings: users and rated items become ids; nothing is filled in.

An item stays one rating. The trainer groups them by user, and what a user did not rate
is no part of the data.
"""

from collections.abc import Mapping
from typing import Any, Final

import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import ITEM, TARGET, TIME, TITLE, USER
from components.transform.features import Feature, one_value

# Id of a user or of an item that training does not know.
UNKNOWN_ID: Final = -1


def preprocessing_fn(
    inputs: Mapping[str, Feature], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Map raw features to the trainer's features.

    Args:
        inputs: Features with one value per example: `user`, `item`, `title` (string),
            `time` (int64) and `target` (float32).
        custom_config: Not used.

    Returns:
        Vectors (n,): `user` and `item`, int64 ids by descending frequency in training,
        -1 for unknown ones, whose vocabularies have these names; `title`, `time` and
        `target`, unchanged.
    """
    del custom_config
    outputs = {name: one_value(inputs[name]) for name in (TITLE, TIME, TARGET)}
    for name in (USER, ITEM):
        outputs[name] = tft.compute_and_apply_vocabulary(
            one_value(inputs[name]), default_value=UNKNOWN_ID, vocab_filename=name
        )
    return outputs
