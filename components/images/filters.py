# SPDX-License-Identifier: Apache-2.0
"""Classical image filters as TensorFlow operations, part of an exported graph.

Kernels are applied by true convolution, turned by 180 degrees. Beyond the border an
image is mirrored, so that no filter finds an edge there. Values are not clipped: a
gradient has negative ones.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.image_filters import FilterKind, FilterSpec, parse_filter
from components.core.checks import expect

Border = Literal["mirror", "zero"]

SOBEL_X: Final = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], np.float32)
SOBEL_Y: Final = SOBEL_X.T
# tf.pad's names; with SYMMETRIC the pixels of the border come first.
_PADDING: Final[Mapping[Border, str]] = {"mirror": "SYMMETRIC", "zero": "CONSTANT"}


def apply_filters(pixels: tf.Tensor, filters: Sequence[str]) -> tf.Tensor:
    """Apply filters to images, one after the other.

    Args:
        pixels: float32 (n, height, width, channels); each channel is filtered alone.
        filters: In words, as in `components.contracts.image_filters`.
    """
    for text in filters:
        spec = parse_filter(text)
        pixels = _FILTERS[spec.kind](pixels, spec)
    return pixels


def convolve(
    pixels: tf.Tensor, kernel: NDArray[Any], border: Border = "mirror"
) -> tf.Tensor:
    """Convolve each channel of images with a kernel; the size of the images stays.

    Args:
        pixels: float32 (n, height, width, channels).
        kernel: (height, width), each odd.
        border: What is beyond the border: the mirrored image, or zeros. Defaults to the
            former.
    """
    channels = pixels.shape[-1]
    turned = np.asarray(kernel, np.float32)[::-1, ::-1, np.newaxis, np.newaxis]
    weights = tf.constant(np.repeat(turned, channels, axis=2))
    height, width = kernel.shape
    padded = _pad(pixels, height, width, border)
    return tf.nn.depthwise_conv2d(padded, weights, [1, 1, 1, 1], "VALID")


def kernel_of(text: str) -> NDArray[np.float32]:
    """Return the kernel of a linear filter.

    Args:
        text: The filter in words.

    Raises:
        ValueError: If the filter is not linear, or the words are not valid.

    Example:
        >>> float(kernel_of("mean 3").sum())
        1.0
    """
    spec = parse_filter(text)
    if spec.kind not in _KERNELS:
        raise ValueError(f"{text!r} is no linear filter and has no kernel.")
    return _KERNELS[spec.kind](spec)


def _pad(pixels: tf.Tensor, height: int, width: int, border: Border) -> tf.Tensor:
    rows, columns = height // 2, width // 2
    smallest = min(pixels.shape[1:3])
    wanted = f"windows of at most {2 * smallest + 1} pixels, for this size of images"
    expect(max(rows, columns) <= smallest, "filters", wanted, max(height, width))
    margins = [[0, 0], [rows, rows], [columns, columns], [0, 0]]
    return tf.pad(pixels, margins, _PADDING[border])


def _identity(spec: FilterSpec) -> NDArray[np.float32]:
    kernel = np.zeros((spec.size, spec.size), np.float32)
    kernel[spec.size // 2, spec.size // 2] = 1
    return kernel


def _mean(spec: FilterSpec) -> NDArray[np.float32]:
    return np.full((spec.size, spec.size), 1 / spec.size**2, np.float32)


def _gaussian(spec: FilterSpec) -> NDArray[np.float32]:
    distances = np.arange(spec.size) - spec.size // 2
    line = np.exp(-np.square(distances) / (2 * spec.deviation**2))
    kernel: NDArray[np.float32] = np.outer(line, line).astype(np.float32)
    kernel /= kernel.sum()
    return kernel


def _high_pass(spec: FilterSpec) -> NDArray[np.float32]:
    return _identity(spec) - _gaussian(spec)


def _sharpen(spec: FilterSpec) -> NDArray[np.float32]:
    return _identity(spec) + np.float32(spec.amount) * _high_pass(spec)


_KERNELS: Final[Mapping[FilterKind, Callable[[FilterSpec], NDArray[np.float32]]]] = {
    "mean": _mean,
    "gaussian": _gaussian,
    "high pass": _high_pass,
    "sharpen": _sharpen,
    "sobel x": lambda spec: SOBEL_X,
    "sobel y": lambda spec: SOBEL_Y,
    "identity": _identity,
}


def _linear(pixels: tf.Tensor, spec: FilterSpec) -> tf.Tensor:
    return convolve(pixels, _KERNELS[spec.kind](spec))


def _sobel_magnitude(pixels: tf.Tensor, spec: FilterSpec) -> tf.Tensor:
    return tf.sqrt(sum(tf.square(convolve(pixels, k)) for k in (SOBEL_X, SOBEL_Y)))


def _median(pixels: tf.Tensor, spec: FilterSpec) -> tf.Tensor:
    size = spec.size
    patches = tf.image.extract_patches(
        _pad(pixels, size, size, "mirror"),
        sizes=[1, size, size, 1],
        strides=[1, 1, 1, 1],
        rates=[1, 1, 1, 1],
        padding="VALID",
    )
    shape = [*tf.unstack(tf.shape(pixels)[:3]), size * size, pixels.shape[-1]]
    ordered = tf.sort(tf.reshape(patches, shape), axis=3)
    # Else its height and width would be unknown.
    return tf.ensure_shape(ordered[:, :, :, size * size // 2], pixels.shape)


_FILTERS: Final[Mapping[FilterKind, Callable[[tf.Tensor, FilterSpec], tf.Tensor]]] = {
    **dict.fromkeys(_KERNELS, _linear),
    "median": _median,
    "sobel magnitude": _sobel_magnitude,
}
