# SPDX-License-Identifier: Apache-2.0
"""The networks of autoencoders: pixels to pixels, most of them through a code.

dense        one layer of sigmoid units and back: the book's 5-4, its decoder corrected
bottleneck   convolutions to a code of 32 numbers and back: the book's 5-5
unet         convolutions at three sizes, joined across; has no code, the whole image
             takes part in the answer

Pixels are floats, black to white being 0 to 1. A network with a code is two models,
`encoder` and `decoder`, in one: the decoder sees nothing but the code.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from components.core.checks import expect
from components.trainer.autoencoder.sparsity import Sparsity, penalised
from components.trainer.images.batch_normalization import batch_normalization

Architecture = Literal["dense", "bottleneck", "unet"]

ENCODER: Final = "encoder"
DECODER: Final = "decoder"
_BOOK_SLOPE: Final = 0.3  # of LeakyReLU
_BOOK_KERNEL: Final = 5
# Filters and strides of the book's encoder; its decoder goes the same way back.
_BOOK_ENCODER: Final = ((32, 2), (16, 2), (8, 4))
_BOOK_DECODER: Final = ((16, 4), (32, 2))
_BOOK_MARGIN: Final = 2  # from 28 to 32 pixels, which halve often enough


@dataclass(frozen=True)
class Plan:
    """What a network is built from.

    Attributes:
        units: Size of the code of `dense`.
        filters: Width of `unet` at the size of the image, doubled at each smaller one.
        sparsity: How quiet the code of `dense` shall be.
        l2: Weight of half the squared weights of `dense`.
    """

    units: int
    filters: int
    sparsity: Sparsity
    l2: float


def build_network(
    architecture: Architecture, plan: Plan, image_shape: tuple[int, ...]
) -> Any:
    """Build the Keras model from pixels to pixels.

    Args:
        architecture: `dense`, `bottleneck` or `unet`.
        plan: Its sizes and penalties.
        image_shape: Height, width and channels.
    """
    return _BUILDERS[architecture](plan, image_shape)


def parts(model: Any) -> tuple[Any, Any] | None:
    """Encoder and decoder of a network; None if it has no code."""
    found = {layer.name: layer for layer in model.layers}
    if ENCODER not in found:
        return None
    return found[ENCODER], found[DECODER]


def _joined(image_shape: tuple[int, ...], encoder: Any, decoder: Any) -> Any:
    import keras

    pixels = keras.Input(image_shape, name="pixels")
    return keras.Model(pixels, decoder(encoder(pixels)))


def _dense(plan: Plan, image_shape: tuple[int, ...]) -> Any:
    import keras

    # Half, as in the penalty's usual formula.
    weights = keras.regularizers.L2(plan.l2 / 2) if plan.l2 else None
    pixels = keras.Input(image_shape)
    code = keras.layers.Dense(
        plan.units,
        activation="sigmoid",
        # Units that start where they shall end need not be pushed there first.
        bias_initializer=keras.initializers.Constant(_logit(plan.sparsity)),
        kernel_regularizer=weights,
        dtype="float32",
    )(keras.layers.Flatten()(pixels))
    code = penalised(code, plan.sparsity)
    given = keras.Input((plan.units,))
    output = keras.layers.Dense(
        math.prod(image_shape),
        activation="sigmoid",
        kernel_regularizer=weights,
        dtype="float32",
    )(given)
    images = keras.layers.Reshape(image_shape, dtype="float32")(output)
    return _joined(
        image_shape,
        keras.Model(pixels, code, name=ENCODER),
        keras.Model(given, images, name=DECODER),
    )


def _logit(sparsity: Sparsity) -> float:
    if not sparsity.weight:
        return 0.0
    return math.log(sparsity.target / (1.0 - sparsity.target))


def _bottleneck(plan: Plan, image_shape: tuple[int, ...]) -> Any:
    import keras

    layers, margin = keras.layers, _BOOK_MARGIN
    height, width, channels = image_shape
    expect(
        (height + 2 * margin) % 16 == (width + 2 * margin) % 16 == 0,
        "architecture bottleneck",
        "images whose sides are multiples of 16 after a margin of 2 on each side",
        image_shape,
    )
    pixels = keras.Input(image_shape)
    tensor = layers.ZeroPadding2D(margin)(pixels)
    for filters, stride in _BOOK_ENCODER:
        convolve = layers.Conv2D(filters, _BOOK_KERNEL, stride, "same", use_bias=False)
        tensor = _leaky(convolve(tensor))
    small = tuple(tensor.shape[1:])
    given = keras.Input((math.prod(small),))
    back = layers.Reshape(small)(given)
    for filters, stride in _BOOK_DECODER:
        expand = layers.Conv2DTranspose(
            filters, _BOOK_KERNEL, stride, "same", use_bias=False
        )
        back = _leaky(expand(back))
    last = layers.Conv2DTranspose(channels, _BOOK_KERNEL, 2, "same", dtype="float32")
    output = layers.Cropping2D(margin, dtype="float32")(last(back))
    return _joined(
        image_shape,
        keras.Model(pixels, layers.Flatten()(tensor), name=ENCODER),
        keras.Model(given, output, name=DECODER),
    )


def _leaky(tensor: Any) -> Any:
    import keras

    return keras.layers.LeakyReLU(_BOOK_SLOPE)(batch_normalization()(tensor))


def _unet(plan: Plan, image_shape: tuple[int, ...]) -> Any:
    import keras

    height, width, channels = image_shape
    expect(
        height % 4 == width % 4 == 0,
        "architecture unet",
        "images whose sides are multiples of 4",
        image_shape,
    )
    filters = plan.filters
    pixels = keras.Input(image_shape, name="pixels")
    whole = _convolved(pixels, filters)
    half = _convolved(_convolved(whole, 2 * filters, stride=2), 2 * filters)
    quarter = _convolved(_convolved(half, 4 * filters, stride=2), 4 * filters)
    quarter = _convolved(quarter, 4 * filters)
    half = _convolved(_joined_across(half, quarter), 2 * filters)
    whole = _convolved(_joined_across(whole, half), filters)
    answer = keras.layers.Conv2D(2 * channels, 3, padding="same", dtype="float32")
    return keras.Model(pixels, _mixed(pixels, answer(whole)))


def _convolved(tensor: Any, filters: int, stride: int = 1) -> Any:
    import keras

    convolve = keras.layers.Conv2D(filters, 3, stride, "same", use_bias=False)
    return keras.layers.ReLU()(batch_normalization()(convolve(tensor)))


def _joined_across(tensor: Any, smaller: Any) -> Any:
    """Put features beside those of half the size, brought to the same size."""
    import keras

    filters = tensor.shape[-1]
    raised = keras.layers.Conv2DTranspose(filters, 2, strides=2)(smaller)
    return keras.layers.Concatenate()([tensor, raised])


def _mixed(pixels: Any, answer: Any) -> Any:
    """Mix what came in with what is thought of it, each pixel in its own share.

    Salt and pepper leaves most pixels as they were, and those need only be let through.
    """
    import keras

    channels = pixels.shape[-1]
    shares = keras.layers.Activation("sigmoid", dtype="float32")(answer)
    trust, guess = shares[..., :channels], shares[..., channels:]
    seen = keras.ops.clip(pixels, 0.0, 1.0)
    return guess + trust * (seen - guess)


_BUILDERS: Final[Mapping[Architecture, Callable[[Plan, tuple[int, ...]], Any]]] = {
    "dense": _dense,
    "bottleneck": _bottleneck,
    "unet": _unet,
}
