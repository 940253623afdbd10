# SPDX-License-Identifier: Apache-2.0
"""tf.data input pipeline: shuffled, augmented batches of images, epoch after epoch."""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.trainer.images.arrays import ImageArrays
from components.trainer.images.augmentation import augment
from components.trainer.images.params import Augmentation
from components.trainer.loop import batches
from components.trainer.loop.params import BatchSize

# Numbers in an evaluation batch, and its smallest and largest size. A deep network
# keeps hundreds of activations per pixel.
_EVALUATION_NUMBERS: Final = 4_800_000
_MIN_EVALUATION_BATCH: Final = 8
_MAX_EVALUATION_BATCH: Final = 1000


def steps_per_epoch(arrays: ImageArrays, batch_size: BatchSize) -> int:
    """Return the steps of an epoch; its last batch may be smaller."""
    return batches.steps_per_epoch(len(arrays), batch_size)


def evaluation_batch(item_shape: tuple[int, ...]) -> int:
    """Return the batch size for validation and inference, by the size of an item.

    Example:
        >>> evaluation_batch((28, 28, 1)), evaluation_batch((224, 224, 3))
        (1000, 31)
    """
    fitting = _EVALUATION_NUMBERS // math.prod(item_shape)
    return max(_MIN_EVALUATION_BATCH, min(_MAX_EVALUATION_BATCH, fitting))


def epochs(
    arrays: ImageArrays,
    batch_size: BatchSize,
    seed: int,
    augmentation: Augmentation,
    first_epoch: int = 0,
    weighted: bool = False,
) -> tf.data.Dataset:
    """Make an endless dataset of batches, each epoch in a new random order.

    Args:
        arrays: The items.
        batch_size: Items per batch; the last batch of an epoch holds the remainder.
        seed: Seeds order and augmentation, together with epoch and step.
        augmentation: Ranges of the random data augmentation.
        first_epoch: Epoch to start at. Defaults to 0.
        weighted: Whether to add the class weights. Defaults to False.

    Returns:
        Batches (images, labels) or (images, labels, weights) of shapes
        (n, height, width, channels), (n,) and (n,).
    """
    columns = [arrays.labels, arrays.label_weights][: 2 if weighted else 1]
    columns = [tf.constant(column) for column in columns]
    gather_images = _image_gatherer(arrays.images)

    def make_batch(rows: tf.Tensor, step_seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        others = [tf.gather(column, rows) for column in columns]
        return augment(gather_images(rows), augmentation, step_seed), *others

    return batches.shuffled_batches(
        len(arrays), batch_size, seed, make_batch, first_epoch
    )


def _image_gatherer(images: NDArray[Any]) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a function from row numbers (n,) to images (n, ...)."""
    if not isinstance(images, np.memmap):
        column = tf.constant(images)
        return lambda rows: tf.gather(column, rows)

    def gather(rows: tf.Tensor) -> tf.Tensor:
        # Only these rows are read from the mapped file.
        found = tf.numpy_function(lambda rows: images[rows], [rows], images.dtype)
        return tf.ensure_shape(found, [None, *images.shape[1:]])

    return gather
