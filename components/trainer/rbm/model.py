# SPDX-License-Identifier: Apache-2.0
"""A restricted Boltzmann machine as a Keras model, trained by contrastive divergence.

No loss is minimised: the update is the difference of two expectations, see
gradients.py. What is reported as `loss` is the free energy of the batch less that of
the chains, in nats: its derivative is that update, but its value says little.
"""

from collections.abc import Mapping
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.sampling.boltzmann import Boltzmann, base_rate_bias
from components.trainer.rbm.gradients import (
    Gradients,
    expected_products,
    negative_gradients,
)
from components.trainer.rbm.params import MachineParams

_SMALL: Final = 0.01  # deviation of the first weights (Hinton 2010)
_BOOK: Final = 0.1  # the book's, and the range of its first biases


class RBM(keras.Model):
    """Weights, biases and, with `persistent`, the chains that training goes on with.

    Called on visible units, it returns the probabilities of the hidden ones.

    Args:
        params: How it is trained.
        mean: Share of ones of each visible unit in the data, (visible,).
        count: Items of which that share was taken.
        units: Hidden units.
        chains: Persistent chains: the batch size.
        seed: Seeds first weights and all draws, those together with the step.
    """

    def __init__(
        self,
        params: MachineParams,
        mean: NDArray[np.floating],
        count: int,
        units: int,
        chains: int,
        seed: int,
    ) -> None:
        super().__init__(name="rbm")
        self._params, self._seed = params, seed
        random = np.random.default_rng(seed)
        visible = len(mean)
        self.base = base_rate_bias(mean, count)
        biases: list[NDArray[Any]] = [self.base, np.zeros(units)]
        spread = _SMALL
        if params.start == "book":
            spread = _BOOK
            biases = [random.uniform(0, _BOOK, size) for size in (visible, units)]
        first = random.normal(0.0, spread, (visible, units))
        names = ("weights", "visible_bias", "hidden_bias")
        self._parts = [
            self._add(name, value)
            for name, value in zip(names, [first, *biases], strict=True)
        ]
        if params.persistent:
            start = random.random((chains, visible)) < mean
            self._chains = self._add("chains", start, trainable=False)
        self._loss = keras.metrics.Mean(name="loss")
        self.built = True

    @property
    def machine(self) -> Boltzmann:
        """Weights and biases, as variables."""
        return Boltzmann(*(part.value for part in self._parts))

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Means over the epoch; Keras resets them before the next one."""
        return [self._loss]

    def call(self, visible: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Compute the probabilities of the hidden units, float32 (n, units)."""
        return tf.sigmoid(self.machine.hidden_logits(visible))

    def train_step(self, visible: tf.Tensor) -> Mapping[str, tf.Tensor]:
        """Update weights and biases by one batch of visible units."""
        machine = self.machine
        # The seed depends on the step, which a checkpoint holds: a resumed training
        # draws the same numbers as an uninterrupted one.
        seed = tf.stack([self._seed, tf.cast(self.optimizer.iterations, tf.int32)])
        persistent = self._params.persistent
        start = self._chains.value if persistent else visible
        drawn = machine.walk(start, self._params.steps, seed)
        if persistent:
            self._chains.assign(drawn)
        self._loss.update_state(
            tf.reduce_mean(machine.free_energy(visible))
            - tf.reduce_mean(machine.free_energy(drawn))
        )
        data = expected_products(machine, visible)
        gradients = negative_gradients(data, expected_products(machine, drawn))
        self.optimizer.apply(self._with_sparsity(gradients, data), self._parts)
        return {"loss": self._loss.result()}

    def _with_sparsity(self, gradients: Gradients, data: Gradients) -> list[tf.Tensor]:
        """Add the derivative of the cross-entropy to the target (Hinton 2010)."""
        sparsity = self._params.sparsity
        weights, visible, hidden = gradients
        if sparsity.weight:
            _, mean, activation = data
            pull = sparsity.weight * (activation - sparsity.target)
            hidden += pull
            weights += mean[:, tf.newaxis] * pull
        return [weights, visible, hidden]

    def _add(
        self, name: str, value: NDArray[Any], trainable: bool = True
    ) -> keras.Variable:
        return self.add_weight(
            shape=value.shape,
            initializer=keras.initializers.Constant(value.astype(np.float32)),
            dtype="float32",
            trainable=trainable,
            name=name,
        )
