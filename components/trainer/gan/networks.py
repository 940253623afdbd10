# SPDX-License-Identifier: Apache-2.0
"""Generator and discriminator networks of a GAN.

dcgan   strided convolutions in both; batch normalization in the generator only
        (Radford et al. 2016)
mlp     the book's (6-5): 100-150-130-784 and 784-130-150-1, with dropout

Images are float32 from -1 to 1, the range of the generator's hyperbolic tangent.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import keras

from components.core.checks import expect
from components.trainer.gan.params import Architecture
from components.trainer.generative.latent import Latent
from components.trainer.images.batch_normalization import FusedBatchNormalization

_SLOPE: Final = 0.2  # of LeakyReLU, as in DCGAN
# Twice the stride: each pixel is covered equally often, without checkerboard patterns.
_KERNEL_SIZE: Final = 4
_BOOK_STDDEV: Final = 0.1
_BOOK_DROPOUT: Final = 0.3


def build_generator(
    architecture: Architecture,
    filters: int,
    latent: Latent,
    image_shape: tuple[int, ...],
) -> keras.Model:
    """Build the network from latent vectors to images.

    Args:
        architecture: `dcgan` or `mlp`.
        filters: Filters of `dcgan` at half the size of the image.
        latent: Distribution of the latent vectors.
        image_shape: (height, width, channels).

    Returns:
        A model from (n, latent.width) to (n, height, width, channels), from -1 to 1.
    """
    vectors = keras.Input((latent.width,), name="latent")
    images = _GENERATORS[architecture](vectors, filters, image_shape)
    return keras.Model(vectors, images, name="generator")


def build_discriminator(
    architecture: Architecture,
    filters: int,
    image_shape: tuple[int, ...],
    num_classes: int = 0,
) -> keras.Model:
    """Build the network from images to the logit of being real.

    A conditional one is a projection discriminator (Miyato & Koyama 2018): it adds the
    inner product of its features and an embedding of the class to the logit.

    Args:
        architecture: `dcgan` or `mlp`.
        filters: Filters of the first convolution of `dcgan`.
        image_shape: (height, width, channels).
        num_classes: Classes of a conditional discriminator. Defaults to 0,
            unconditional.

    Returns:
        A model from `[images]` or `[images, one_hot_classes]` to logits (n, 1).
    """
    images = keras.Input(image_shape, name="images")
    features = _DISCRIMINATORS[architecture](images, filters)
    # float32 also under mixed precision: the losses need exact logits.
    logits = keras.layers.Dense(1, dtype="float32", name="logits")(features)
    if not num_classes:
        return keras.Model([images], logits, name="discriminator")
    classes = keras.Input((num_classes,), name="classes")
    # Starts at zero, so an untrained embedding adds no noise to the logits.
    projections = keras.layers.Dense(
        num_classes, use_bias=False, kernel_initializer="zeros", dtype="float32"
    )(features)
    class_logits = keras.layers.Dot(1, dtype="float32")([projections, classes])
    logits = keras.layers.Add(dtype="float32")([logits, class_logits])
    return keras.Model([images, classes], logits, name="discriminator")


def _dcgan_generator(
    vectors: keras.KerasTensor, filters: int, image_shape: tuple[int, ...]
) -> keras.KerasTensor:
    height, width, channels = image_shape
    expect(
        height % 4 == width % 4 == 0,
        "architecture dcgan",
        "images whose sides are multiples of 4",
        image_shape,
    )
    quarter = (height // 4, width // 4, 2 * filters)
    tensor = keras.layers.Dense(math.prod(quarter), use_bias=False)(vectors)
    tensor = _normalize(keras.layers.Reshape(quarter)(tensor))
    tensor = _normalize(_upsample(tensor, filters, use_bias=False))
    return _upsample(tensor, channels, activation="tanh", dtype="float32")


def _normalize(tensor: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.ReLU()(FusedBatchNormalization()(tensor))


def _upsample(
    tensor: keras.KerasTensor, filters: int, **options: Any
) -> keras.KerasTensor:
    return keras.layers.Conv2DTranspose(
        filters, _KERNEL_SIZE, strides=2, padding="same", **options
    )(tensor)


def _dcgan_discriminator(images: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    tensor = images
    for width in (filters, 2 * filters, 4 * filters):
        tensor = keras.layers.Conv2D(width, _KERNEL_SIZE, strides=2, padding="same")(
            tensor
        )
        tensor = keras.layers.LeakyReLU(_SLOPE)(tensor)
    return keras.layers.Flatten()(tensor)


def _book_generator(
    vectors: keras.KerasTensor, filters: int, image_shape: tuple[int, ...]
) -> keras.KerasTensor:
    tensor = vectors
    for units in (150, 130):
        tensor = _book_dense(units, activation="relu")(tensor)
    pixels = _book_dense(math.prod(image_shape), activation="tanh", dtype="float32")
    return keras.layers.Reshape(image_shape)(pixels(tensor))


def _book_discriminator(images: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    tensor = keras.layers.Flatten()(images)
    for units in (130, 150):
        tensor = _book_dense(units, activation="relu")(tensor)
        tensor = keras.layers.Dropout(_BOOK_DROPOUT)(tensor)
    return tensor


def _book_dense(units: int, **options: Any) -> keras.layers.Dense:
    initializer = keras.initializers.TruncatedNormal(stddev=_BOOK_STDDEV)
    return keras.layers.Dense(units, kernel_initializer=initializer, **options)


_GENERATORS: Final[Mapping[Architecture, Callable[..., keras.KerasTensor]]] = {
    "dcgan": _dcgan_generator,
    "mlp": _book_generator,
}
_DISCRIMINATORS: Final[Mapping[Architecture, Callable[..., keras.KerasTensor]]] = {
    "dcgan": _dcgan_discriminator,
    "mlp": _book_discriminator,
}
