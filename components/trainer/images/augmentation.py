# SPDX-License-Identifier: Apache-2.0
"""Small random distortions of a batch of images, the same for the same seed."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from components.core.checks import expect


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

    flip: bool = False
    """Mirror every other image, left to right."""

    crop: float = 0.0
    """Largest share of each side that a random crop takes away."""

    brightness: float = 0.0
    """Pixels are multiplied by a factor between 1 - brightness and 1 + brightness."""

    border: Literal["black", "reflect"] = "black"
    """What comes into view from outside of the image."""

    def __post_init__(self) -> None:
        expect(self.shift >= 0, "shift", "pixels, 0 or more", self.shift)
        expect(0 <= self.rotation <= 180, "rotation", "0 to 180 degrees", self.rotation)
        expect(0 <= self.zoom < 1, "zoom", "a number from 0 to below 1", self.zoom)
        expect(self.shear >= 0, "shear", "a number, 0 or more", self.shear)
        expect(0 <= self.crop < 1, "crop", "a share from 0 to below 1", self.crop)
        wanted = "a number from 0 to below 1"
        expect(0 <= self.brightness < 1, "brightness", wanted, self.brightness)

    @property
    def is_off(self) -> bool:
        """Whether images stay as they are."""
        return not (self._moves or self.brightness)

    @property
    def _moves(self) -> bool:
        affine = (self.shift, self.rotation, self.zoom, self.shear)
        return any((*affine, self.flip, self.crop))


def augment(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Distort each image of a batch by its own random affine map and brightness.

    Args:
        images: uint8 tensor (batch, height, width, channels), static but for the batch.
        augmentation: The largest distortions.
        seed: Two integers; the result depends on nothing else.

    Returns:
        A uint8 tensor of the same shape.
    """
    if augmentation._moves:
        images = _move(images, augmentation, seed)
    if augmentation.brightness:
        images = _brighten(images, augmentation.brightness, seed)
    return images


def _move(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    import tensorflow as tf

    height, width = images.shape[1:3]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=_affine_maps(tf.shape(images)[0], height, width, augmentation, seed),
        output_shape=[height, width],
        interpolation="BILINEAR",
        fill_mode="REFLECT" if augmentation.border == "reflect" else "CONSTANT",
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
    shift_x, shift_y = draw[4] * largest.shift, draw[5] * largest.shift
    if largest.flip or largest.crop:
        mirror, share, right, down = _flips_and_crops(num_images, largest, seed)
        stretch_x, stretch_y = stretch_x * share * mirror, stretch_y * share
        shift_x += right * (1 - share) * (width - 1) / 2
        shift_y += down * (1 - share) * (height - 1) / 2
    # rotation @ [[1, slant], [0, 1]] @ diag(stretch), about the centre of the image
    a0, a1 = cosine * stretch_x, (slant * cosine - sine) * stretch_y
    b0, b1 = sine * stretch_x, (slant * sine + cosine) * stretch_y
    x, y = (width - 1) / 2, (height - 1) / 2
    a2 = x - a0 * x - a1 * y + shift_x
    b2 = y - b0 * x - b1 * y + shift_y
    zero = tf.zeros_like(a0)
    return tf.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)


def _flips_and_crops(num_images: Any, largest: Augmentation, seed: Any) -> Any:
    """-1 or 1 for mirrored or not, the share of a side kept, and where it lies."""
    import tensorflow as tf

    # A seed of its own, so that the other distortions do not depend on these.
    own = tf.random.fold_in(seed, 1)
    draw = tf.random.stateless_uniform([4, num_images], own, minval=-1.0, maxval=1.0)
    mirror = tf.sign(draw[0]) if largest.flip else tf.ones_like(draw[0])
    return mirror, 1 - (draw[1] + 1) / 2 * largest.crop, draw[2], draw[3]


def _brighten(images: Any, largest: float, seed: Any) -> Any:
    import tensorflow as tf

    shape, own = [tf.shape(images)[0], 1, 1, 1], tf.random.fold_in(seed, 2)
    factor = 1 + tf.random.stateless_uniform(shape, own, -largest, largest)
    return tf.saturate_cast(tf.cast(images, tf.float32) * factor, tf.uint8)
