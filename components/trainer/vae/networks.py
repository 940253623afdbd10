# SPDX-License-Identifier: Apache-2.0
"""The two networks of a variational autoencoder: pixels to codes, codes to pixels.

dense   layers of units, the decoder's in the opposite order
conv    two strided convolutions and one dense layer, and the same back
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from components.core.checks import expect

Architecture = Literal["dense", "conv"]
Activation = Literal["relu", "silu"]

_KERNEL: Final = 4  # twice the stride: every pixel is covered as often


@dataclass(frozen=True)
class Plan:
    """What the networks are built from.

    Attributes:
        architecture: `dense` or `conv`.
        units: Of the dense layers, from the image to the code.
        filters: Of the first convolution of `conv`; the second has twice as many.
        activation: Of every layer inside.
        dropout: Share of what the encoder sees that is hidden in training.
    """

    architecture: Architecture
    units: tuple[int, ...]
    filters: int
    activation: Activation
    dropout: float


def build_encoder(plan: Plan, latent_size: int, image_shape: tuple[int, ...]) -> Any:
    """Build the network from pixels to mean and log-variance of each code number.

    Args:
        plan: The layers.
        latent_size: Numbers of a code.
        image_shape: Height, width and channels.
    """
    import keras

    pixels = keras.Input(image_shape, name="pixels")
    tensor = pixels
    if plan.dropout:
        tensor = keras.layers.Dropout(plan.dropout)(tensor)
    if plan.architecture == "conv":
        _expect_halving(image_shape)
        for filters in (plan.filters, 2 * plan.filters):
            tensor = keras.layers.Conv2D(
                filters, _KERNEL, 2, "same", activation=plan.activation
            )(tensor)
    tensor = _dense(keras.layers.Flatten()(tensor), plan.units, plan.activation)
    # In float32 also where the rest is computed in less.
    heads = [
        keras.layers.Dense(latent_size, dtype="float32", name=name)(tensor)
        for name in ("mean", "log_variance")
    ]
    return keras.Model(pixels, heads, name="encoder")


def build_decoder(plan: Plan, latent_size: int, image_shape: tuple[int, ...]) -> Any:
    """Build the network from codes to the logit of each pixel.

    Args:
        plan: The layers.
        latent_size: Numbers of a code.
        image_shape: Height, width and channels.
    """
    import keras

    code = keras.Input((latent_size,), name="code")
    tensor = _dense(code, plan.units[::-1], plan.activation)
    if plan.architecture == "conv":
        logits = _upsampled(tensor, plan, image_shape)
    else:
        output = keras.layers.Dense(math.prod(image_shape), dtype="float32")
        logits = keras.layers.Reshape(image_shape, dtype="float32")(output(tensor))
    return keras.Model(code, logits, name="decoder")


def _dense(tensor: Any, units: Sequence[int], activation: str) -> Any:
    import keras

    for size in units:
        tensor = keras.layers.Dense(size, activation=activation)(tensor)
    return tensor


def _upsampled(tensor: Any, plan: Plan, image_shape: tuple[int, ...]) -> Any:
    import keras

    height, width, channels = image_shape
    small = (height // 4, width // 4, 2 * plan.filters)
    tensor = _dense(tensor, [math.prod(small)], plan.activation)
    tensor = keras.layers.Reshape(small)(tensor)
    tensor = keras.layers.Conv2DTranspose(
        plan.filters, _KERNEL, 2, "same", activation=plan.activation
    )(tensor)
    last = keras.layers.Conv2DTranspose(channels, _KERNEL, 2, "same", dtype="float32")
    return last(tensor)


def _expect_halving(image_shape: tuple[int, ...]) -> None:
    height, width, _ = image_shape
    expect(
        height % 4 == width % 4 == 0,
        "architecture conv",
        "images whose sides are multiples of 4",
        image_shape,
    )
