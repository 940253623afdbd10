# SPDX-License-Identifier: Apache-2.0
"""Small random distortions of a batch of images, the same for the same seed."""

import math
from dataclasses import astuple, dataclass
from typing import Any

from components.trainer.checks import expect


@dataclass(frozen=True)
class Augmentation:
    """How far an image may be distorted; 0 everywhere leaves it as it is."""

    shift: float = 0.0
    """Largest shift along each axis, in pixels."""

    rotation: float = 0.0
    """Largest rotation to either side, in degrees."""

    zoom: float = 0.0
    """Each axis is stretched by a factor between 1 - zoom and 1 + zoom."""

    shear: float = 0.0
    """Largest slant: horizontal shift per pixel of height."""

    def __post_init__(self) -> None:
        expect(self.shift >= 0, "shift", "pixels, 0 or more", self.shift)
        expect(0 <= self.rotation <= 180, "rotation", "0 to 180 degrees", self.rotation)
        expect(0 <= self.zoom < 1, "zoom", "a number from 0 to below 1", self.zoom)
        expect(self.shear >= 0, "shear", "a number, 0 or more", self.shear)

    @property
    def is_off(self) -> bool:
        """Whether images stay as they are."""
        return not any(astuple(self))


def augment(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Distort each image of a batch by its own random affine map.

    Args:
        images: uint8 tensor (batch, height, width, channels), static but for the batch.
        augmentation: The largest distortions.
        seed: Two integers; the result depends on nothing else.

    Returns:
        A uint8 tensor of the same shape; pixels from outside the image are 0.
    """
    import tensorflow as tf

    if augmentation.is_off:
        return images
    height, width = images.shape[1:3]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=_affine_maps(tf.shape(images)[0], height, width, augmentation, seed),
        output_shape=[height, width],
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )


def _affine_maps(
    num_images: Any, height: int, width: int, largest: Augmentation, seed: Any
) -> Any:
    """Draw maps from output to input pixels, in the eight numbers the kernel takes."""
    import tensorflow as tf

    draw = tf.random.stateless_uniform([6, num_images], seed, minval=-1.0, maxval=1.0)
    angle = draw[0] * math.radians(largest.rotation)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    slant = draw[1] * largest.shear
    stretch_x, stretch_y = 1 + draw[2] * largest.zoom, 1 + draw[3] * largest.zoom
    # rotation @ [[1, slant], [0, 1]] @ diag(stretch), about the centre of the image
    a0, a1 = cosine * stretch_x, (slant * cosine - sine) * stretch_y
    b0, b1 = sine * stretch_x, (slant * sine + cosine) * stretch_y
    x, y = (width - 1) / 2, (height - 1) / 2
    a2 = x - a0 * x - a1 * y + draw[4] * largest.shift
    b2 = y - b0 * x - b1 * y + draw[5] * largest.shift
    zero = tf.zeros_like(a0)
    return tf.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)
