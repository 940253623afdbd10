# SPDX-License-Identifier: Apache-2.0
"""Encoder and decoder networks of a variational autoencoder.

dense   dense layers, in the decoder in reverse order
conv    two strided convolutions and the dense layers, and the same back
book    the encoder of the book's 5-6, three strided convolutions, and its mirror: the
        book's decoder ends in a dense layer of 17 million weights
"""

import math
from collections.abc import Sequence
from typing import Final

import keras

from components.core.checks import expect
from components.trainer.images.batch_normalization import FusedBatchNormalization
from components.trainer.vae.params import Params

# Twice the stride: each pixel is covered equally often, without checkerboard patterns.
_KERNEL_SIZE: Final = 4
_BOOK_CONVOLUTIONS: Final = 3
_BOOK_PADDING: Final = 2  # from 28 to 32 pixels, a multiple of 8
_BOOK_SLOPE: Final = 0.3  # of LeakyReLU


def build_encoder(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    """Build the network from pixels to the approximate posterior q(z | x).

    Args:
        params: Architecture and sizes.
        image_shape: (height, width, channels).

    Returns:
        A model from (n, height, width, channels) to mean and log-variance of a normal
        distribution, each (n, latent_size).
    """
    pixels = keras.Input(image_shape, name="pixels")
    tensor = pixels
    if params.dropout:
        tensor = keras.layers.Dropout(params.dropout)(tensor)
    if params.architecture == "conv":
        _expect_multiples_of_four(image_shape)
        for filters in (params.filters, 2 * params.filters):
            tensor = keras.layers.Conv2D(
                filters, _KERNEL_SIZE, 2, "same", activation=params.activation
            )(tensor)
    if params.architecture == "book":
        tensor = keras.layers.Flatten()(_book_encoder(tensor, params.filters))
    else:
        flat = keras.layers.Flatten()(tensor)
        tensor = _dense(flat, params.units, params.activation)
    # float32 also under mixed precision: the loss needs exact values.
    posterior = [
        keras.layers.Dense(params.latent_size, dtype="float32", name=name)(tensor)
        for name in ("mean", "log_variance")
    ]
    return keras.Model(pixels, posterior, name="encoder")


def build_decoder(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    """Build the network from latent variables to the likelihood p(x | z).

    Args:
        params: Architecture and sizes.
        image_shape: (height, width, channels).

    Returns:
        A model from (n, latent_size) to the logits of white pixels, or of grey levels,
        (n, height, width, channels).
    """
    code = keras.Input((params.latent_size,), name="code")
    if params.architecture == "book":
        return keras.Model(
            code, _book_decoder(code, params, image_shape), name="decoder"
        )
    tensor = _dense(code, params.units[::-1], params.activation)
    if params.architecture == "conv":
        logits = _upsample(tensor, params, image_shape)
    else:
        output = keras.layers.Dense(math.prod(image_shape), dtype="float32")
        logits = keras.layers.Reshape(image_shape, dtype="float32")(output(tensor))
    return keras.Model(code, logits, name="decoder")


def _dense(
    tensor: keras.KerasTensor, units: Sequence[int], activation: str
) -> keras.KerasTensor:
    for size in units:
        tensor = keras.layers.Dense(size, activation=activation)(tensor)
    return tensor


def _upsample(
    tensor: keras.KerasTensor, params: Params, image_shape: tuple[int, ...]
) -> keras.KerasTensor:
    height, width, channels = image_shape
    quarter = (height // 4, width // 4, 2 * params.filters)
    tensor = _dense(tensor, [math.prod(quarter)], params.activation)
    tensor = keras.layers.Reshape(quarter)(tensor)
    tensor = keras.layers.Conv2DTranspose(
        params.filters, _KERNEL_SIZE, 2, "same", activation=params.activation
    )(tensor)
    last = keras.layers.Conv2DTranspose(
        channels, _KERNEL_SIZE, 2, "same", dtype="float32"
    )
    return last(tensor)


def _book_encoder(tensor: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    _expect_multiples_of_eight(tensor.shape[1:])
    tensor = keras.layers.ZeroPadding2D(_BOOK_PADDING)(tensor)
    for _ in range(_BOOK_CONVOLUTIONS):
        convolution = keras.layers.Conv2D(filters, _KERNEL_SIZE, 2, "same")
        normalized = FusedBatchNormalization()(convolution(tensor))
        tensor = keras.layers.LeakyReLU(_BOOK_SLOPE)(normalized)
    return tensor


def _book_decoder(
    code: keras.KerasTensor, params: Params, image_shape: tuple[int, ...]
) -> keras.KerasTensor:
    layers, filters = keras.layers, params.filters
    height, width, channels = image_shape
    ratio = 2**_BOOK_CONVOLUTIONS
    sides = ((side + 2 * _BOOK_PADDING) // ratio for side in (height, width))
    smallest = (*sides, filters)
    tensor = layers.LeakyReLU(_BOOK_SLOPE)(layers.Dense(math.prod(smallest))(code))
    tensor = layers.Reshape(smallest)(tensor)
    for _ in range(_BOOK_CONVOLUTIONS - 1):
        deconvolution = layers.Conv2DTranspose(filters, _KERNEL_SIZE, 2, "same")
        tensor = layers.LeakyReLU(_BOOK_SLOPE)(deconvolution(tensor))
    last = layers.Conv2DTranspose(channels, _KERNEL_SIZE, 2, "same", dtype="float32")
    return layers.Cropping2D(_BOOK_PADDING, dtype="float32")(last(tensor))


def _expect_multiples_of_eight(image_shape: tuple[int, ...]) -> None:
    sides = [side + 2 * _BOOK_PADDING for side in image_shape[:2]]
    expect(
        not any(side % 2**_BOOK_CONVOLUTIONS for side in sides),
        "architecture book",
        "images whose sides are multiples of 8 after a margin of 2 on each side",
        image_shape,
    )


def _expect_multiples_of_four(image_shape: tuple[int, ...]) -> None:
    height, width, _ = image_shape
    expect(
        height % 4 == width % 4 == 0,
        "architecture conv",
        "images whose sides are multiples of 4",
        image_shape,
    )
