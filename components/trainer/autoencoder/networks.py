# SPDX-License-Identifier: Apache-2.0
"""Networks of autoencoders, from pixels to pixels.

dense        one layer of sigmoid units and one back: the book's 5-4, its decoder
             corrected
bottleneck   convolutions to a code of 32 numbers and back: the book's 5-5
unet         convolutions at three resolutions with skip connections (Ronneberger et al.
             2015); has no code

Pixels are float32 (n, height, width, channels), 0 for black and 1 for white. A network
with a code consists of two models, `encoder` and `decoder`; the code is the decoder's
only input. So does a network of the user's own that has two such layers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import keras

from components.contracts.network import InputSpec, OutputSpec
from components.core.checks import expect
from components.core.errors import UsageError
from components.trainer.autoencoder.params import Architecture, Params, Sparsity
from components.trainer.autoencoder.sparsity import KLSparsity
from components.trainer.images.batch_normalization import FusedBatchNormalization
from components.trainer.own_network import WHERE, build_own_network

ENCODER: Final = "encoder"
DECODER: Final = "decoder"
_BOOK_SLOPE: Final = 0.3  # of LeakyReLU
_BOOK_KERNEL_SIZE: Final = 5
# (filters, stride) of the book's encoder; its decoder mirrors it.
_BOOK_ENCODER: Final = ((32, 2), (16, 2), (8, 4))
_BOOK_DECODER: Final = ((16, 4), (32, 2))
_BOOK_PADDING: Final = 2  # from 28 to 32 pixels, a multiple of 16


def build_model(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    """Build the network from pixels to pixels.

    Args:
        params: Architecture, sizes and penalties.
        image_shape: (height, width, channels).

    Raises:
        ValueError: If the architecture cannot halve the sides of the image.
        UsageError: If the user's own network does not fit.
    """
    if params.network:
        return _own(params, image_shape)
    return _BUILDERS[params.architecture](params, image_shape)


def encoder_and_decoder(
    model: keras.Model,
) -> tuple[keras.Model, keras.Model] | None:
    """Return encoder and decoder of a network; None if it has no code."""
    layers = {layer.name: layer for layer in model.layers}
    if not {ENCODER, DECODER} <= set(layers):
        return None
    return layers[ENCODER], layers[DECODER]


def _own(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    pixels = {"pixels": InputSpec(image_shape, "float32")}
    *size, channels = image_shape
    output = OutputSpec(channels, "pixels", image_size=tuple(size))
    model = build_own_network(params, pixels, output)
    parts = [layer.name for layer in model.layers if isinstance(layer, keras.Model)]
    if not params.noise and not {ENCODER, DECODER} <= set(parts):
        raise UsageError(
            f"{WHERE}: {params.network}: expected inner models with the names "
            f"{ENCODER!r} and {DECODER!r}, by whose code it is judged; or `noise`.\n"
            f"Received {', '.join(parts) or 'no inner model'}."
        )
    return model


def _join(
    image_shape: tuple[int, ...], encoder: keras.Model, decoder: keras.Model
) -> keras.Model:
    pixels = keras.Input(image_shape, name="pixels")
    return keras.Model(pixels, decoder(encoder(pixels)))


def untie(model: keras.Model, params: Params) -> keras.Model:
    """Give the decoder of tied weights a copy of its own, as an export needs.

    Args:
        model: The network that `build_model` built.
        params: Its parameters.

    Returns:
        A network that gives the same; `model` itself if its weights are not tied.
    """
    if not params.tied:
        return model
    untied = build_model(replace(params, tied=False), model.input_shape[1:])
    kernel, *biases = model.get_weights()
    untied.set_weights([kernel, biases[0], kernel.T, biases[1]])
    return untied


class TiedDense(keras.layers.Layer):
    """Dense layer of sigmoid units whose kernel is that of another, transposed.

    Args:
        dense: The other layer, built.
    """

    def __init__(self, dense: keras.layers.Dense) -> None:
        super().__init__(dtype="float32")
        self._dense = dense

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the bias, the only weight of its own."""
        size = self._dense.kernel.shape[0]
        self.bias = self.add_weight(shape=(size,), initializer="zeros", name="bias")

    def call(self, code: keras.KerasTensor) -> keras.KerasTensor:
        """Return the activations."""
        kernel = keras.ops.transpose(self._dense.kernel)
        return keras.ops.sigmoid(keras.ops.matmul(code, kernel) + self.bias)


def _dense(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    # Half, as in the usual formula of weight decay.
    regularizer = keras.regularizers.L2(params.l2 / 2) if params.l2 else None
    pixels = keras.Input(image_shape)
    encode = keras.layers.Dense(
        params.units,
        activation="sigmoid",
        # Units start near their target activation, so the penalty starts small.
        bias_initializer=keras.initializers.Constant(_target_logit(params.sparsity)),
        kernel_regularizer=regularizer,
        dtype="float32",
    )
    activations = encode(keras.layers.Flatten()(pixels))
    if params.sparsity.weight:
        activations = KLSparsity(params.sparsity)(activations)
    code = keras.Input((params.units,))
    decode = keras.layers.Dense(
        math.prod(image_shape),
        activation="sigmoid",
        kernel_regularizer=regularizer,
        dtype="float32",
    )
    output = (TiedDense(encode) if params.tied else decode)(code)
    images = keras.layers.Reshape(image_shape, dtype="float32")(output)
    return _join(
        image_shape,
        keras.Model(pixels, activations, name=ENCODER),
        keras.Model(code, images, name=DECODER),
    )


def _target_logit(sparsity: Sparsity) -> float:
    if not sparsity.weight:
        return 0.0
    return math.log(sparsity.target / (1.0 - sparsity.target))


def _bottleneck(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    layers, padding = keras.layers, _BOOK_PADDING
    height, width, channels = image_shape
    expect(
        (height + 2 * padding) % 16 == (width + 2 * padding) % 16 == 0,
        "architecture bottleneck",
        "images whose sides are multiples of 16 after a margin of 2 on each side",
        image_shape,
    )
    pixels = keras.Input(image_shape)
    tensor = layers.ZeroPadding2D(padding)(pixels)
    for filters, stride in _BOOK_ENCODER:
        convolution = layers.Conv2D(
            filters, _BOOK_KERNEL_SIZE, stride, "same", use_bias=False
        )
        tensor = _normalize_leaky(convolution(tensor))
    code_shape = tuple(tensor.shape[1:])
    code = keras.Input((math.prod(code_shape),))
    decoded = layers.Reshape(code_shape)(code)
    for filters, stride in _BOOK_DECODER:
        deconvolution = layers.Conv2DTranspose(
            filters, _BOOK_KERNEL_SIZE, stride, "same", use_bias=False
        )
        decoded = _normalize_leaky(deconvolution(decoded))
    last = layers.Conv2DTranspose(
        channels, _BOOK_KERNEL_SIZE, 2, "same", dtype="float32"
    )
    output = layers.Cropping2D(padding, dtype="float32")(last(decoded))
    return _join(
        image_shape,
        keras.Model(pixels, layers.Flatten()(tensor), name=ENCODER),
        keras.Model(code, output, name=DECODER),
    )


def _normalize_leaky(tensor: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.LeakyReLU(_BOOK_SLOPE)(FusedBatchNormalization()(tensor))


def _unet(params: Params, image_shape: tuple[int, ...]) -> keras.Model:
    height, width, channels = image_shape
    expect(
        height % 4 == width % 4 == 0,
        "architecture unet",
        "images whose sides are multiples of 4",
        image_shape,
    )
    filters = params.filters
    pixels = keras.Input(image_shape, name="pixels")
    full = _convolve(pixels, filters)
    half = _convolve(_convolve(full, 2 * filters, stride=2), 2 * filters)
    quarter = _convolve(_convolve(half, 4 * filters, stride=2), 4 * filters)
    quarter = _convolve(quarter, 4 * filters)
    half = _convolve(_skip_connection(half, quarter), 2 * filters)
    full = _convolve(_skip_connection(full, half), filters)
    head = keras.layers.Conv2D(2 * channels, 3, padding="same", dtype="float32")
    return keras.Model(pixels, _gated_output(pixels, head(full)))


def _convolve(
    tensor: keras.KerasTensor, filters: int, stride: int = 1
) -> keras.KerasTensor:
    convolution = keras.layers.Conv2D(filters, 3, stride, "same", use_bias=False)
    return keras.layers.ReLU()(FusedBatchNormalization()(convolution(tensor)))


def _skip_connection(
    features: keras.KerasTensor, smaller: keras.KerasTensor
) -> keras.KerasTensor:
    """Concatenate features with upsampled ones of half the resolution."""
    filters = features.shape[-1]
    upsampled = keras.layers.Conv2DTranspose(filters, 2, strides=2)(smaller)
    return keras.layers.Concatenate()([features, upsampled])


def _gated_output(
    pixels: keras.KerasTensor, head: keras.KerasTensor
) -> keras.KerasTensor:
    """Interpolate between input and estimate, with a learned gate per pixel.

    Salt-and-pepper noise leaves most pixels unchanged, and the gate passes those.
    """
    channels = pixels.shape[-1]
    activations = keras.layers.Activation("sigmoid", dtype="float32")(head)
    gate, estimate = activations[..., :channels], activations[..., channels:]
    clipped = keras.ops.clip(pixels, 0.0, 1.0)
    return estimate + gate * (clipped - estimate)


_Builder = Callable[[Params, tuple[int, ...]], keras.Model]
_BUILDERS: Final[Mapping[Architecture, _Builder]] = {
    "dense": _dense,
    "bottleneck": _bottleneck,
    "unet": _unet,
}
