# SPDX-License-Identifier: Apache-2.0
"""Visible units made of images: flattened, black and white, in shuffled batches."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.images.binarisation import Binarisation, binarise
from components.trainer.images.arrays import ImageArrays
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.images.params import Augmentation


def mean_pixels(images: NDArray[np.uint8], rule: Binarisation) -> NDArray[np.float64]:
    """Compute how often each pixel is white under a rule: float64 (pixels,).

    Args:
        images: uint8 (n, height, width, channels).
        rule: Conversion of grey pixels; of `stochastic` the expectation.
    """
    rows = images.reshape(len(images), -1)
    if rule == "threshold":
        found: NDArray[np.float64] = (rows >= 128).mean(axis=0)
        return found
    means: NDArray[np.float64] = rows.mean(axis=0) / 255.0
    return means


def binarised_batches(
    arrays: ImageArrays, size: int, rule: Binarisation, seed: int, first_epoch: int
) -> tf.data.Dataset:
    """Make an endless dataset of visible units, float32 (n, pixels).

    Args:
        arrays: The images.
        size: Images per batch.
        rule: Conversion of grey pixels; `stochastic` draws anew in each epoch.
        seed: Seeds order and draws.
        first_epoch: Epoch to start at, from 0.
    """
    batches = epochs(arrays, size, seed, Augmentation(), first_epoch)
    first_step = first_epoch * steps_per_epoch(arrays, size)

    def binarise_batch(step: tf.Tensor, batch: tuple[tf.Tensor, ...]) -> tf.Tensor:
        pixels = binarise(batch[0], rule, tf.random.fold_in([seed, 1], step))
        return tf.reshape(pixels, [tf.shape(pixels)[0], arrays.images[0].size])

    numbered = tf.data.Dataset.zip((tf.data.Dataset.counter(first_step), batches))
    return numbered.map(binarise_batch, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
