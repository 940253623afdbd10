# SPDX-License-Identifier: Apache-2.0
"""Transform of labelled images: labels become class indices, images stay encoded.

The trainer's input pipeline and the serving signatures decode the images: decoded
pixels in Transform's output would take more space and save no time. Filters and
whitening need the pixels: with them, the output is what the network gets.
"""

from collections.abc import Mapping
from typing import Any, Final

import tensorflow as tf

from components.contracts.features import IMAGE, LABEL
from components.contracts.image_filters import Whitening
from components.images.filters import apply_filters
from components.transform.features import one_value
from components.transform.labels import label_features
from components.transform.whitening import whiten

_WHITE: Final = 255.0


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor | tf.SparseTensor],
    custom_config: Mapping[str, Any],
) -> dict[str, tf.Tensor]:
    """Map raw features to the trainer's features.

    Args:
        inputs: Features with one value per example, of which `image` (string) and
            `label` (string) are read.
        custom_config: `classes`: class names in the order of their indices. `pixels`,
            only where they are prepared: `filters`, `whitening` and the `shape` of an
            image (height, width, channels).

    Returns:
        `image`: string (n,), unchanged, or where pixels are prepared float32 (n,
        height, width, channels), filtered from 0, black, to 1, white, and whitened;
        `label`: int64 (n,), index into `classes`, -1
        for an unknown name; `label_weight`: float32 (n,), inverse share of the class in
        the training split, with mean 1.
    """
    image = one_value(inputs[IMAGE])
    if "pixels" in custom_config:
        image = _prepare_pixels(image, custom_config["pixels"])
    return {
        IMAGE: image,
        **label_features(one_value(inputs[LABEL]), custom_config["classes"]),
    }


def _prepare_pixels(encoded: tf.Tensor, config: Mapping[str, Any]) -> tf.Tensor:
    """Filter and whiten images of raw uint8 pixels, string (n,)."""
    raw = tf.reshape(tf.io.decode_raw(encoded, tf.uint8), [-1, *config["shape"]])
    pixels = apply_filters(tf.cast(raw, tf.float32) / _WHITE, config["filters"])
    kind: Whitening = config["whitening"]
    return pixels if kind == "none" else whiten(pixels, kind)
