# SPDX-License-Identifier: Apache-2.0
"""Sparsity penalty of an autoencoder on the activations of its code.

For each unit, the Kullback-Leibler divergence between two Bernoulli distributions: with
the target activation rho and with the unit's mean activation over the batch (Ng 2011,
CS294A lecture notes). The penalty is its sum over the units, in nats.
"""

from typing import Final

import keras
import tensorflow as tf

from components.trainer.autoencoder.params import Sparsity

# The divergence of a unit with mean activation 0 or 1 is infinite.
_EPSILON: Final = 1e-6


def kl_sparsity(activations: tf.Tensor, target: float) -> tf.Tensor:
    """Compute the divergence, a scalar in nats.

    Args:
        activations: Activations of a batch (n, units), from 0 to 1.
        target: Target mean activation.
    """
    means = tf.reduce_mean(tf.cast(activations, tf.float32), axis=0)
    means = tf.clip_by_value(means, _EPSILON, 1.0 - _EPSILON)
    on = target * tf.math.log(target / means)
    off = (1.0 - target) * tf.math.log((1.0 - target) / (1.0 - means))
    return tf.reduce_sum(on + off)


class KLSparsity(keras.layers.Layer):
    """Identity layer that adds the sparsity penalty on its inputs to the loss.

    Not an activity regularizer: Keras divides those by the batch size, and the weight
    would depend on it.

    Args:
        sparsity: Weight and target of the penalty.
    """

    def __init__(self, sparsity: Sparsity) -> None:
        super().__init__(dtype="float32")
        self._sparsity = sparsity

    def as_keras_layer(self) -> keras.layers.Layer:
        """The same layer without its penalty, as one of Keras."""
        return keras.layers.Identity(dtype="float32")

    def call(self, activations: tf.Tensor) -> tf.Tensor:
        """Return the activations unchanged."""
        weight, target = self._sparsity.weight, self._sparsity.target
        self.add_loss(weight * kl_sparsity(activations, target))
        return activations
