# SPDX-License-Identifier: Apache-2.0
"""The restricted Boltzmann machine: energy, conditionals, block Gibbs sampling.

Binary visible units v and hidden units h have the energy

    E(v, h) = -b'v - c'h - v'Wh

and p(v, h) = exp(-E(v, h)) / Z. Given one layer, the units of the other one are
independent, so a whole layer is drawn at once. Summing h out gives the free energy

    F(v) = -b'v - sum_j log(1 + exp(c_j + (v'W)_j)),    p(v) = exp(-F(v)) / Z.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

# Counter-based, so every kind of device draws the same numbers.
_PHILOX: Final = "philox"
_HIDDEN_STREAM: Final = 1
_VISIBLE_STREAM: Final = 2

# Two integers, as a list or a tensor, which alone determine what is drawn.
Seed = Any


@dataclass(frozen=True)
class Boltzmann:
    """Weights and biases of a restricted Boltzmann machine, tensors or variables."""

    weights: Any
    """W: float32 (visible, hidden)."""

    visible_bias: Any
    """b: float32 (visible,)."""

    hidden_bias: Any
    """c: float32 (hidden,)."""

    def hidden_logits(self, visible: tf.Tensor) -> tf.Tensor:
        """Compute the logits of p(h = 1 | v), float32 (n, hidden)."""
        return tf.matmul(visible, self.weights) + self.hidden_bias

    def visible_logits(self, hidden: tf.Tensor) -> tf.Tensor:
        """Compute the logits of p(v = 1 | h), float32 (n, visible)."""
        return tf.matmul(hidden, self.weights, transpose_b=True) + self.visible_bias

    def free_energy(self, visible: tf.Tensor) -> tf.Tensor:
        """Compute F(v) in nats, float32 (n,): -log p(v) less the constant log Z."""
        linear = tf.linalg.matvec(visible, self.visible_bias)
        softplus = tf.nn.softplus(self.hidden_logits(visible))
        return -linear - tf.reduce_sum(softplus, axis=1)

    def reconstruct(self, visible: tf.Tensor) -> tf.Tensor:
        """Compute p(v = 1 | p(h = 1 | v)): one step there and back without chance."""
        hidden = tf.sigmoid(self.hidden_logits(visible))
        return tf.sigmoid(self.visible_logits(hidden))

    def walk(self, visible: tf.Tensor, steps: int | tf.Tensor, seed: Seed) -> tf.Tensor:
        """Take steps of the block Gibbs sampler, from visible units and back to them.

        Args:
            visible: Zeros and ones, float32 (n, visible).
            steps: Steps, each a draw of both layers.
            seed: Determines all draws.

        Returns:
            Zeros and ones, float32 (n, visible).
        """

        def take(step: tf.Tensor, visible: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            step_seed = tf.random.fold_in(seed, step)
            hidden = self.draw_hidden(visible, step_seed)
            return step + 1, self.draw_visible(hidden, step_seed)

        # Not a Python loop: Keras traces a training step without AutoGraph.
        start = (tf.constant(0), tf.convert_to_tensor(visible))
        _, end = tf.while_loop(lambda step, _: step < steps, take, start)
        return end

    def draw_hidden(self, visible: tf.Tensor, seed: Seed) -> tf.Tensor:
        """Draw hidden units given visible ones: zeros and ones, (n, hidden)."""
        own = tf.random.fold_in(seed, _HIDDEN_STREAM)
        return draw_bernoulli(tf.sigmoid(self.hidden_logits(visible)), own)

    def draw_visible(self, hidden: tf.Tensor, seed: Seed) -> tf.Tensor:
        """Draw visible units given hidden ones: zeros and ones, (n, visible)."""
        own = tf.random.fold_in(seed, _VISIBLE_STREAM)
        return draw_bernoulli(tf.sigmoid(self.visible_logits(hidden)), own)


def draw_bernoulli(probabilities: tf.Tensor, seed: Seed) -> tf.Tensor:
    """Draw ones with the given probabilities: zeros and ones as float32."""
    draw = tf.random.stateless_uniform(tf.shape(probabilities), seed, alg=_PHILOX)
    return tf.cast(draw < probabilities, tf.float32)


def base_rate_bias(mean: NDArray[Any], count: int) -> NDArray[np.float32]:
    """Compute the logits of independent units from how often each is 1.

    Args:
        mean: Share of ones of each unit, (units,).
        count: Items of which the share was taken; one item is added to either side, or
            a unit that was never 1 would have no logit.
    """
    ones = np.asarray(mean, np.float64) * count
    logits: NDArray[Any] = np.log((ones + 1.0) / (count - ones + 1.0))
    return logits.astype(np.float32)
