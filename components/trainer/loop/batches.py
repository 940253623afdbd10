# SPDX-License-Identifier: Apache-2.0
"""Shuffled batches of the rows of a split, epoch after epoch.

All random numbers are a function of (seed, epoch, step), so a training that resumes at
an epoch gets exactly the batches of one that was never interrupted.
"""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from components.trainer.loop.params import BatchSize

# Row numbers (n,) and a seed (2,) for this step -> a batch.
MakeBatch = Callable[[tf.Tensor, tf.Tensor], Any]


def rows_per_step(num_rows: int, batch_size: BatchSize) -> int:
    """Return the rows of a full batch."""
    return num_rows if batch_size == "all" else batch_size


def steps_per_epoch(num_rows: int, batch_size: BatchSize) -> int:
    """Return the steps of an epoch; its last batch may be smaller."""
    return math.ceil(num_rows / rows_per_step(num_rows, batch_size))


def shuffled_batches(
    num_rows: int,
    batch_size: BatchSize,
    seed: int,
    make_batch: MakeBatch,
    first_epoch: int = 0,
) -> tf.data.Dataset:
    """Make an endless dataset of batches, each epoch in a new random order.

    Args:
        num_rows: Rows of the split.
        batch_size: Rows per batch; the last batch of an epoch holds the remainder.
        seed: Seeds order and batches, together with epoch and step.
        make_batch: Makes a batch of row numbers.
        first_epoch: Epoch to start at. Defaults to 0.
    """
    num_steps = steps_per_epoch(num_rows, batch_size)
    size = rows_per_step(num_rows, batch_size)

    def make_epoch(number: tf.Tensor) -> tf.data.Dataset:
        epoch_seed = tf.random.fold_in([seed, 0], number)
        order = tf.random.experimental.stateless_shuffle(
            tf.range(num_rows), seed=epoch_seed
        )

        def make_step(step: tf.Tensor) -> Any:
            start = tf.cast(step, tf.int32) * size
            rows = order[start : start + size]
            return make_batch(rows, tf.random.fold_in(epoch_seed, step + 1))

        return tf.data.Dataset.range(num_steps).map(make_step, tf.data.AUTOTUNE)

    # The order must not depend on the threads: `deterministic` is the default.
    endless = tf.data.Dataset.counter(first_epoch).flat_map(make_epoch)
    return endless.prefetch(tf.data.AUTOTUNE)
