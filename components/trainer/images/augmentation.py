# SPDX-License-Identifier: Apache-2.0
"""Random data augmentation of image batches, a function of the seed alone."""

import math

import tensorflow as tf

from components.trainer.images.params import Augmentation


def augment(
    images: tf.Tensor, augmentation: Augmentation, seed: tf.Tensor
) -> tf.Tensor:
    """Apply a random affine map and a random brightness to each image of a batch.

    Args:
        images: uint8 or float32 (n, height, width, channels), all but n static.
        augmentation: Ranges of the random numbers.
        seed: int32 (2,); the result depends on no other state.

    Returns:
        Images of the same type and shape; `images` itself if there is nothing to do.
    """
    if augmentation.is_affine:
        images = _transform(images, augmentation, seed)
    if augmentation.brightness:
        images = _change_brightness(images, augmentation.brightness, seed)
    return images


def _transform(
    images: tf.Tensor, augmentation: Augmentation, seed: tf.Tensor
) -> tf.Tensor:
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
    num_images: tf.Tensor,
    height: int,
    width: int,
    ranges: Augmentation,
    seed: tf.Tensor,
) -> tf.Tensor:
    """Draw affine maps from output to input pixels.

    Returns:
        float32 (n, 8): rows a0, a1, a2, b0, b1, b2, 0, 0 of the op
        ImageProjectiveTransformV3, which reads x' = a0 x + a1 y + a2 and
        y' = b0 x + b1 y + b2.
    """
    draw = tf.random.stateless_uniform([6, num_images], seed, minval=-1.0, maxval=1.0)
    angle = draw[0] * math.radians(ranges.rotation)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    shear = draw[1] * ranges.shear
    scale_x, scale_y = 1 + draw[2] * ranges.zoom, 1 + draw[3] * ranges.zoom
    shift_x, shift_y = draw[4] * ranges.shift, draw[5] * ranges.shift
    if ranges.flip or ranges.crop:
        mirror, share, right, down = _flips_and_crops(num_images, ranges, seed)
        scale_x, scale_y = scale_x * share * mirror, scale_y * share
        shift_x += right * (1 - share) * (width - 1) / 2
        shift_y += down * (1 - share) * (height - 1) / 2
    # rotation @ [[1, shear], [0, 1]] @ diag(scale), about the centre of the image
    a0, a1 = cosine * scale_x, (shear * cosine - sine) * scale_y
    b0, b1 = sine * scale_x, (shear * sine + cosine) * scale_y
    x, y = (width - 1) / 2, (height - 1) / 2
    a2 = x - a0 * x - a1 * y + shift_x
    b2 = y - b0 * x - b1 * y + shift_y
    zero = tf.zeros_like(a0)
    return tf.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)


def _flips_and_crops(
    num_images: tf.Tensor, ranges: Augmentation, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Draw a mirror sign, the share of a side kept, and the crop's centre from -1 to 1.

    Returns:
        Four tensors float32 (n,): sign, share, horizontal and vertical position.
    """
    # A seed of its own, so that the other distortions do not depend on these.
    own_seed = tf.random.fold_in(seed, 1)
    draw = tf.random.stateless_uniform(
        [4, num_images], own_seed, minval=-1.0, maxval=1.0
    )
    mirror = tf.sign(draw[0]) if ranges.flip else tf.ones_like(draw[0])
    return mirror, 1 - (draw[1] + 1) / 2 * ranges.crop, draw[2], draw[3]


def _change_brightness(images: tf.Tensor, largest: float, seed: tf.Tensor) -> tf.Tensor:
    shape, own_seed = [tf.shape(images)[0], 1, 1, 1], tf.random.fold_in(seed, 2)
    factor = 1 + tf.random.stateless_uniform(shape, own_seed, -largest, largest)
    return tf.saturate_cast(tf.cast(images, tf.float32) * factor, images.dtype)
