# SPDX-License-Identifier: Apache-2.0
"""Latent vectors: the input of a generator or decoder, drawn from a prior."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import tensorflow as tf

from components.trainer.generative.params import LatentPrior

# Counter-based, so every kind of device draws the same numbers.
_PHILOX: Final = "philox"


@dataclass(frozen=True)
class Latent:
    """Distribution of the latent vectors: random numbers, then a one-hot class."""

    size: int
    """Random numbers per vector."""

    prior: LatentPrior = "normal"
    """Distribution of these numbers."""

    num_classes: int = 0
    """Classes of a conditional generator, drawn uniformly; 0 for no classes."""

    @property
    def width(self) -> int:
        """Length of a latent vector: its random numbers and its one-hot class."""
        return self.size + self.num_classes

    def draw(
        self,
        count: int | tf.Tensor,
        seed: Sequence[int] | tf.Tensor,
        label: int | tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Draw latent vectors, float32 (count, width).

        Args:
            count: Number of vectors.
            seed: Two integers, which alone determine the result.
            label: Index of the class of all vectors. Defaults to None, a random class
                for each vector.
        """
        numbers = self._draw_numbers([count, self.size], seed)
        if not self.num_classes:
            return numbers
        if label is None:
            # A seed of its own: class and numbers must be independent.
            class_seed = tf.random.fold_in(seed, 1)
            labels = tf.random.stateless_uniform(
                [count], class_seed, 0, self.num_classes, tf.int32, _PHILOX
            )
        else:
            labels = tf.fill([count], label)
        return tf.concat([numbers, tf.one_hot(labels, self.num_classes)], axis=1)

    def one_hot_classes(self, vectors: tf.Tensor) -> tf.Tensor:
        """Return the one-hot classes of latent vectors, float32 (n, num_classes)."""
        return vectors[:, self.size :]

    def _draw_numbers(
        self, shape: Sequence[int | tf.Tensor], seed: Sequence[int] | tf.Tensor
    ) -> tf.Tensor:
        if self.prior == "uniform":
            return tf.random.stateless_uniform(shape, seed, -1.0, 1.0, alg=_PHILOX)
        return tf.random.stateless_normal(shape, seed, alg=_PHILOX)
