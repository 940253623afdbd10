# SPDX-License-Identifier: Apache-2.0
"""From texts to training batches: windows that follow each other, or stand alone.

Everything random depends on (seed, epoch, step) and on nothing else, so a training that
resumes at epoch e sees exactly the batches of one that was never interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.trainer.language.layers import UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Texts:
    """One split as the trainer of a language model sees it.

    Attributes:
        blocks: Words of each stretch of text without a gap, in reading order; int32
            numbers, 0 is unknown.
    """

    blocks: "tuple[NDArray[Any], ...]"

    @property
    def num_words(self) -> int:
        """Words in all blocks together."""
        return sum(map(len, self.blocks))


@dataclass(frozen=True)
class TextData:
    """What a trainer of texts gets to see; the test split is not part of it.

    Attributes:
        train: Training split.
        validation: Validation split.
        vocabulary: The known words in the order of their numbers, the first being 1.
    """

    train: Texts
    validation: Texts
    vocabulary: tuple[str, ...]


@dataclass(frozen=True)
class Stream:
    """Blocks one after another, dealt out to the rows of a batch.

    Row r of the batch at step s goes on where row r stopped at step s - 1: so a state
    can be carried over. Each epoch begins at another place, that of its own seed.

    Attributes:
        inputs: Each word's predecessor; the unknown word before the first of a block.
        targets: The words.
        batch_size: Rows.
        num_steps: Words of a window.
    """

    inputs: "NDArray[Any]"
    targets: "NDArray[Any]"
    batch_size: int
    num_steps: int

    @property
    def windows_per_epoch(self) -> int:
        """Windows of a row; the few words that do not fill one change every epoch."""
        return len(self.targets) // self.batch_size // self.num_steps

    def epochs(self, seed: int, first_epoch: int = 0) -> Any:
        """Draw batches without end.

        Args:
            seed: Decides where an epoch begins.
            first_epoch: Where to start. Defaults to 0.

        Returns:
            A `tf.data.Dataset` of ((inputs, is_first), targets, weights). Unknown words
            weigh nothing as targets: what one is worth is not learnt.
        """
        import tensorflow as tf

        inputs, targets = tf.constant(self.inputs), tf.constant(self.targets)
        shape = (self.batch_size, self.windows_per_epoch * self.num_steps)
        used = shape[0] * shape[1]

        def epoch(number: Any) -> Any:
            epoch_seed = tf.random.fold_in([seed, 0], number)
            offset = tf.random.stateless_uniform(
                [], epoch_seed, maxval=len(self.targets), dtype=tf.int32
            )
            rows = [
                tf.reshape(tf.roll(column, offset, axis=0)[:used], shape)
                for column in (inputs, targets)
            ]

            def window(step: Any) -> tuple[Any, ...]:
                start = tf.cast(step, tf.int32) * self.num_steps
                words, wanted = (
                    tf.ensure_shape(
                        row[:, start : start + self.num_steps],
                        [self.batch_size, self.num_steps],
                    )
                    for row in rows
                )
                weights = tf.cast(wanted != UNKNOWN, tf.float32)
                is_first = tf.fill([self.batch_size, 1], tf.cast(step == 0, tf.float32))
                return (words, is_first), wanted, weights

            return tf.data.Dataset.range(self.windows_per_epoch).map(window)

        endless = tf.data.Dataset.counter(first_epoch).flat_map(epoch)
        return endless.prefetch(tf.data.AUTOTUNE)


def make_stream(texts: Texts, batch_size: int, num_steps: int) -> Stream:
    """Lay the blocks of a split one after another.

    Args:
        texts: The split.
        batch_size: Rows of a batch.
        num_steps: Words of a window.

    Raises:
        ValueError: If the split is too short for one window in each row.
    """
    import numpy as np

    stream = Stream(
        inputs=np.concatenate([predecessors(block) for block in texts.blocks]),
        targets=np.concatenate(texts.blocks),
        batch_size=batch_size,
        num_steps=num_steps,
    )
    if not stream.windows_per_epoch:
        raise ValueError(
            f"the training text is too short: expected {batch_size} rows of "
            f"{num_steps} words or more.\nReceived {texts.num_words} words. "
            "Lower batch_size or num_steps."
        )
    return stream


def predecessors(words: "NDArray[Any]") -> "NDArray[Any]":
    """What is read before each word of a text: the unknown word before the first."""
    import numpy as np

    return np.concatenate([[UNKNOWN], words[:-1]]).astype(np.int32)


def padded(blocks: "Sequence[NDArray[Any]]", value: int) -> "NDArray[Any]":
    """Blocks of different length as rows of one matrix (blocks, longest)."""
    import numpy as np

    rows = np.full((len(blocks), max(map(len, blocks))), value, np.int32)
    for row, block in zip(rows, blocks, strict=True):
        row[: len(block)] = block
    return rows


def sliding_windows(
    words: "NDArray[Any]", length: int
) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Every run of some words (windows, length), and the word after each (windows,)."""
    import numpy as np

    windows = np.lib.stride_tricks.sliding_window_view(words, length + 1)
    return windows[:, :-1], windows[:, -1]


def windows_dataset(
    inputs: "NDArray[Any]",
    targets: "NDArray[Any]",
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
) -> Any:
    """Draw batches of windows without end, each epoch in its own order.

    Args:
        inputs: Words of each window.
        targets: The word after each.
        batch_size: Windows per batch; the last batch of an epoch holds what is left.
        seed: Decides the order, together with the epoch.
        first_epoch: Where to start. Defaults to 0.

    Returns:
        A `tf.data.Dataset` of (inputs, targets).
    """
    import tensorflow as tf

    columns = tf.constant(inputs), tf.constant(targets)

    def epoch(number: Any) -> Any:
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(targets)), seed=tf.random.fold_in([seed, 0], number)
        )
        shuffled = tuple(tf.gather(column, order) for column in columns)
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    return tf.data.Dataset.counter(first_epoch).flat_map(epoch)
