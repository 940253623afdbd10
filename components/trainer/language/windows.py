# SPDX-License-Identifier: Apache-2.0
"""Training batches of texts: contiguous windows with states, or shuffled windows.

All randomness depends on (seed, epoch, step) only, so a training that resumes at epoch
e gets exactly the batches of an uninterrupted one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.trainer.language.input_pipeline import Texts
from components.trainer.language.layers import UNKNOWN


@dataclass(frozen=True)
class Stream:
    """Concatenated blocks, divided among the rows of a batch.

    Row r of a batch continues where row r of the previous batch ended, so states can be
    carried over. Each epoch starts at a random position of the text.
    """

    inputs: NDArray[np.int32]
    """Predecessor of each token, (tokens,); the unknown token before a block."""

    targets: NDArray[np.int32]
    """The tokens to predict, (tokens,)."""

    batch_size: int
    """Rows of a batch."""

    num_steps: int
    """Tokens of a window."""

    @property
    def windows_per_epoch(self) -> int:
        """Windows of a row; the tokens that do not fill one differ between epochs."""
        return len(self.targets) // self.batch_size // self.num_steps

    def epochs(self, seed: int, first_epoch: int = 0) -> tf.data.Dataset:
        """Make an endless dataset of batches.

        Args:
            seed: Determines the start of each epoch.
            first_epoch: Epoch to start with. Defaults to 0.

        Returns:
            A dataset of ((inputs, is_first), targets, weights): inputs, targets and
            weights (batch_size, num_steps), is_first (batch_size, 1). Unknown tokens
            have weight 0 as targets, so no probability is learned for them.
        """
        inputs, targets = tf.constant(self.inputs), tf.constant(self.targets)
        shape = (self.batch_size, self.windows_per_epoch * self.num_steps)
        num_used = shape[0] * shape[1]

        def epoch(number: tf.Tensor) -> tf.data.Dataset:
            epoch_seed = tf.random.fold_in([seed, 0], number)
            offset = tf.random.stateless_uniform(
                [], epoch_seed, maxval=len(self.targets), dtype=tf.int32
            )
            rows = [
                tf.reshape(tf.roll(column, offset, axis=0)[:num_used], shape)
                for column in (inputs, targets)
            ]

            def window(step: tf.Tensor) -> tuple[tf.Tensor, ...]:
                return self._window(rows, step)

            return tf.data.Dataset.range(self.windows_per_epoch).map(window)

        endless = tf.data.Dataset.counter(first_epoch).flat_map(epoch)
        return endless.prefetch(tf.data.AUTOTUNE)

    def _window(self, rows: list[tf.Tensor], step: tf.Tensor) -> tuple[tf.Tensor, ...]:
        start = tf.cast(step, tf.int32) * self.num_steps
        inputs, targets = (
            tf.ensure_shape(
                row[:, start : start + self.num_steps],
                [self.batch_size, self.num_steps],
            )
            for row in rows
        )
        weights = tf.cast(targets != UNKNOWN, tf.float32)
        is_first = tf.fill([self.batch_size, 1], tf.cast(step == 0, tf.float32))
        return (inputs, is_first), targets, weights


def make_stream(texts: Texts, batch_size: int, num_steps: int) -> Stream:
    """Concatenate the blocks of a split.

    Args:
        texts: The split.
        batch_size: Rows of a batch.
        num_steps: Tokens of a window.

    Raises:
        ValueError: If the split is too short for one window per row.
    """
    stream = Stream(
        inputs=np.concatenate([predecessors(block) for block in texts.blocks]),
        targets=np.concatenate(texts.blocks),
        batch_size=batch_size,
        num_steps=num_steps,
    )
    if not stream.windows_per_epoch:
        raise ValueError(
            f"the training text is too short: expected {batch_size} rows of "
            f"{num_steps} words or more.\nReceived {texts.num_tokens} words. "
            "Lower batch_size or num_steps."
        )
    return stream


def predecessors(tokens: NDArray[np.int32]) -> NDArray[np.int32]:
    """Shift tokens (n,) right by one; the first becomes the unknown token."""
    return np.concatenate([[UNKNOWN], tokens[:-1]]).astype(np.int32)


def pad(blocks: Sequence[NDArray[np.int32]], value: int) -> NDArray[np.int32]:
    """Pad blocks of different lengths at their end: (blocks, longest)."""
    rows = np.full((len(blocks), max(map(len, blocks))), value, np.int32)
    for row, block in zip(rows, blocks, strict=True):
        row[: len(block)] = block
    return rows


def sliding_windows(
    tokens: NDArray[np.int32], length: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return all windows (windows, length) and the token after each (windows,)."""
    windows = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)
    return windows[:, :-1], windows[:, -1]


def windows_dataset(
    inputs: NDArray[np.int32],
    targets: NDArray[np.int32],
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
) -> tf.data.Dataset:
    """Make an endless dataset of windows, shuffled anew in each epoch.

    Args:
        inputs: Windows of tokens, (windows, length).
        targets: The token after each, (windows,).
        batch_size: Windows per batch; the last batch of an epoch may be smaller.
        seed: Determines the order, together with the epoch.
        first_epoch: Epoch to start with. Defaults to 0.

    Returns:
        A dataset of (inputs, targets).
    """
    columns = tf.constant(inputs), tf.constant(targets)

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(targets)), seed=tf.random.fold_in([seed, 0], number)
        )
        shuffled = tuple(tf.gather(column, order) for column in columns)
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    return tf.data.Dataset.counter(first_epoch).flat_map(epoch)
