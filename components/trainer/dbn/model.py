# SPDX-License-Identifier: Apache-2.0
"""The classifier on the stack: sigmoid layers, then logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.dbn.params import Params


@dataclass(frozen=True)
class Layer:
    """Weights of a layer, pretrained as a Boltzmann machine."""

    weights: NDArray[np.float32]
    """(inputs, units)."""

    bias: NDArray[np.float32]
    """Hidden biases of the machine, (units,)."""


def build_model(
    params: Params,
    image_shape: tuple[int, ...],
    num_classes: int,
    stack: Sequence[Layer] = (),
) -> keras.Model:
    """Build the network from uint8 images to logits.

    Args:
        params: Sizes and dropout.
        image_shape: Height, width and channels.
        num_classes: Number of logits.
        stack: Pretrained layers from below. Defaults to none: random weights.

    Returns:
        A model from uint8 (n, height, width, channels) to float32 (n, classes).
    """
    images = keras.Input(image_shape, dtype="uint8", name="images")
    tensor = keras.layers.Flatten()(prepare_pixels(params, images))
    if params.input_dropout:
        tensor = keras.layers.Dropout(params.input_dropout)(tensor)
    hidden = []
    for number, units in enumerate(params.units, 1):
        hidden.append(
            keras.layers.Dense(units, activation="sigmoid", name=f"layer_{number}")
        )
        tensor = hidden[-1](tensor)
        if params.dropout:
            tensor = keras.layers.Dropout(params.dropout)(tensor)
    # In float32 also where the other layers compute in less.
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(tensor)
    model = keras.Model(images, logits)
    for layer, pretrained in zip(hidden, stack, strict=False):
        layer.set_weights([pretrained.weights, pretrained.bias])
    return model


def prepare_pixels(params: Params, images: Any) -> Any:
    """Convert uint8 pixels to what the first layer sees, float32 from 0 to 1."""
    pixels = keras.layers.Rescaling(1 / 255)(images)
    if params.binarisation == "grey":
        return pixels
    is_white = keras.ops.greater_equal(pixels, 0.5)
    return keras.ops.cast(is_white, "float32")
