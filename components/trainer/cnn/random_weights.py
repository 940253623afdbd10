# SPDX-License-Identifier: Apache-2.0
"""Random weights of a backbone with which its features still differ between images.

With Keras' defaults the signal of a deep random network vanishes: its initializer
halves it in each ReLU layer, and batch normalization with its initial statistics does
not normalize.
"""

import math
from collections.abc import Callable
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from components.trainer.images.batch_normalization import MOMENTUM

# Random images for the initial statistics: patches along a side, images of each kind.
_PATCHES: Final = (2, 4, 8, 16)
_IMAGES_EACH: Final = 8


def draw_weights(
    network: keras.Model,
    preprocess: Callable[[tf.Tensor], tf.Tensor],
    image_shape: tuple[int, ...],
) -> None:
    """Draw the weights of a network and estimate its batch statistics.

    Args:
        network: Network with the weights of Keras' initializers.
        preprocess: Preprocessing of float32 pixels from 0 to 255.
        image_shape: Height, width and 3 channels.
    """
    _draw_kernels(network)
    _estimate_statistics(network, preprocess, image_shape)


def _draw_kernels(network: keras.Model) -> None:
    """Draw kernels with variance 2 / fan-in, which ReLU layers preserve (He 2015)."""
    for layer in network.layers:
        for variable in layer.weights:
            if len(variable.shape) == 4:
                is_depthwise = variable.name.startswith("depthwise")
                fan_in = math.prod(variable.shape[: 2 if is_depthwise else 3])
                drawn = keras.random.normal(variable.shape, stddev=(2 / fan_in) ** 0.5)
                variable.assign(drawn)


def _estimate_statistics(
    network: keras.Model,
    preprocess: Callable[[tf.Tensor], tf.Tensor],
    image_shape: tuple[int, ...],
) -> None:
    """Set the statistics of batch normalization to those of random images.

    With the initial ones, mean 0 and variance 1, the signal after fifty random layers
    is a billionth of the input.
    """
    norms = [
        layer
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if not norms:
        return
    for norm in norms:
        norm.momentum = 0.0
    network(preprocess(_random_images(image_shape)), training=True)
    for norm in norms:
        norm.momentum = MOMENTUM


def _random_images(image_shape: tuple[int, ...]) -> tf.Tensor:
    """Draw images of random colours in patches of several sizes.

    Returns:
        float32 (32, height, width, 3) from 0 to 255.
    """
    random = np.random.default_rng(0)
    return keras.ops.concatenate(
        [
            keras.ops.image.resize(
                random.uniform(0, 255, (_IMAGES_EACH, patches, patches, 3)),
                image_shape[:2],
            )
            for patches in _PATCHES
        ]
    )
