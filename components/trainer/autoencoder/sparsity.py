# SPDX-License-Identifier: Apache-2.0
"""What keeps the units of a code quiet: a penalty on how often each one speaks.

For each unit, the Kullback-Leibler divergence of its mean activation from the wanted
one, both read as probabilities, summed over the units.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from components.core.checks import expect

# A unit that is always on or off would cost infinitely much.
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class Sparsity:
    """How quiet the units of a code shall be."""

    weight: float = 0.0
    """Of the penalty, beside the squared error summed over an image; 0 for none."""

    target: float = 0.05
    """Mean activation that each unit is drawn to."""

    def __post_init__(self) -> None:
        expect(self.weight >= 0, "weight", "0 or more", self.weight)
        expect(0 < self.target < 1, "target", "above 0 and below 1", self.target)


def divergence(activations: Any, target: float) -> Any:
    """Summed divergence of the mean activations of a batch (n, units), in nats."""
    import tensorflow as tf

    means = tf.reduce_mean(tf.cast(activations, tf.float32), axis=0)
    means = tf.clip_by_value(means, _LEAST, 1.0 - _LEAST)
    on = target * tf.math.log(target / means)
    off = (1.0 - target) * tf.math.log((1.0 - target) / (1.0 - means))
    return tf.reduce_sum(on + off)


def penalised(codes: Any, sparsity: Sparsity) -> Any:
    """Pass codes on (a Keras tensor), and charge them for what they speak too much."""
    return _layer_class()(sparsity)(codes) if sparsity.weight else codes


@cache
def _layer_class() -> Any:
    import keras

    class Penalty(keras.layers.Layer):
        """Adds the weighted divergence of a batch of codes to the loss.

        Not a regularizer: Keras divides those of activations by the batch size, which
        would tie the weight to it.
        """

        def __init__(self, sparsity: Sparsity) -> None:
            super().__init__(dtype="float32")
            self._sparsity = sparsity

        def call(self, codes: Any) -> Any:
            """Give the codes back as they are."""
            weight, target = self._sparsity.weight, self._sparsity.target
            self.add_loss(weight * divergence(codes, target))
            return codes

    return Penalty
