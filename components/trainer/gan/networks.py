# SPDX-License-Identifier: Apache-2.0
"""The two networks of a GAN: into images, and from images to a logit.

dcgan   strided convolutions both ways; batch normalization in the generator alone
mlp     the book's (6-5): 100-150-130-784 against 784-130-150-1, with dropout

Images are floats from -1 to 1 on both sides, the range of the hyperbolic tangent.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from components.core.checks import expect
from components.trainer.generative.latent import Latent
from components.trainer.images.batch_normalization import batch_normalization

Architecture = Literal["dcgan", "mlp"]

_SLOPE: Final = 0.2  # of LeakyReLU, as in DCGAN
_KERNEL: Final = 4  # twice the stride: every pixel is covered as often
_BOOK_DEVIATION: Final = 0.1
_BOOK_DROPOUT: Final = 0.3


def build_generator(
    architecture: Architecture,
    filters: int,
    latent: Latent,
    image_shape: tuple[int, ...],
) -> Any:
    """Build the network from rows of the latent to images from -1 to 1.

    Args:
        architecture: `dcgan` or `mlp`.
        filters: Width of the widest image inside of `dcgan`.
        latent: What an image is made of.
        image_shape: Height, width and channels.
    """
    import keras

    rows = keras.Input((latent.width,), name="latent")
    images = _GENERATORS[architecture](rows, filters, image_shape)
    return keras.Model(rows, images, name="generator")


def build_discriminator(
    architecture: Architecture,
    filters: int,
    image_shape: tuple[int, ...],
    classes: int = 0,
) -> Any:
    """Build the network from images from -1 to 1 to the logit of being real.

    Args:
        architecture: `dcgan` or `mlp`.
        filters: Filters of the first convolution of `dcgan`.
        image_shape: Height, width and channels.
        classes: Classes that it is told one of, one-hot, beside the image. Defaults to
            0: it is told none.

    Source: Miyato & Koyama, cGANs with projection discriminator (2018).
    """
    import keras

    images = keras.Input(image_shape, name="images")
    tensor = _DISCRIMINATORS[architecture](images, filters)
    # Logits in float32 also where the rest is computed in less.
    logits = keras.layers.Dense(1, dtype="float32", name="logits")(tensor)
    if not classes:
        return keras.Model([images], logits, name="discriminator")
    one_hot = keras.Input((classes,), name="classes")
    # From zero: at first the class says nothing, so its errors mislead nobody.
    likeness = keras.layers.Dense(
        classes, use_bias=False, kernel_initializer="zeros", dtype="float32"
    )(tensor)
    likeness = keras.layers.Dot(1, dtype="float32")([likeness, one_hot])
    logits = keras.layers.Add(dtype="float32")([logits, likeness])
    return keras.Model([images, one_hot], logits, name="discriminator")


def _convolutional_generator(
    rows: Any, filters: int, image_shape: tuple[int, ...]
) -> Any:
    import keras

    height, width, channels = image_shape
    expect(
        height % 4 == width % 4 == 0,
        "architecture dcgan",
        "images whose sides are multiples of 4",
        image_shape,
    )
    small = (height // 4, width // 4, 2 * filters)
    tensor = keras.layers.Dense(math.prod(small), use_bias=False)(rows)
    tensor = _normalized(keras.layers.Reshape(small)(tensor))
    tensor = _normalized(_upsampled(tensor, filters, use_bias=False))
    return _upsampled(tensor, channels, activation="tanh", dtype="float32")


def _normalized(tensor: Any) -> Any:
    import keras

    return keras.layers.ReLU()(batch_normalization()(tensor))


def _upsampled(tensor: Any, filters: int, **options: Any) -> Any:
    import keras

    return keras.layers.Conv2DTranspose(
        filters, _KERNEL, strides=2, padding="same", **options
    )(tensor)


def _convolutional_discriminator(images: Any, filters: int) -> Any:
    import keras

    tensor = images
    for width in (filters, 2 * filters, 4 * filters):
        tensor = keras.layers.Conv2D(width, _KERNEL, strides=2, padding="same")(tensor)
        tensor = keras.layers.LeakyReLU(_SLOPE)(tensor)
    return keras.layers.Flatten()(tensor)


def _book_generator(rows: Any, filters: int, image_shape: tuple[int, ...]) -> Any:
    import keras

    tensor = rows
    for units in (150, 130):
        tensor = _book_dense(units, activation="relu")(tensor)
    pixels = _book_dense(math.prod(image_shape), activation="tanh", dtype="float32")
    return keras.layers.Reshape(image_shape)(pixels(tensor))


def _book_discriminator(images: Any, filters: int) -> Any:
    import keras

    tensor = keras.layers.Flatten()(images)
    for units in (130, 150):
        tensor = _book_dense(units, activation="relu")(tensor)
        tensor = keras.layers.Dropout(_BOOK_DROPOUT)(tensor)
    return tensor


def _book_dense(units: int, **options: Any) -> Any:
    import keras

    start = keras.initializers.TruncatedNormal(stddev=_BOOK_DEVIATION)
    return keras.layers.Dense(units, kernel_initializer=start, **options)


_GENERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    "dcgan": _convolutional_generator,
    "mlp": _book_generator,
}
_DISCRIMINATORS: Final[Mapping[str, Callable[..., Any]]] = {
    "dcgan": _convolutional_discriminator,
    "mlp": _book_discriminator,
}
