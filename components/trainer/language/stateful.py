# SPDX-License-Identifier: Apache-2.0
"""Truncated back-propagation through time: states carried over between windows.

Gradients stop at the edge of a window, the states do not.
"""

import keras
import tensorflow as tf


class StatefulModel(keras.Model):
    """Model that starts each window with the final states of the window before.

    From `(tokens, is_first)` to logits (batch_size, steps, vocabulary_size);
    `is_first`, float32 (batch_size, 1), is 1 for windows that start from zero states.
    The states are variables of the model, so a checkpoint holds them.

    Args:
        network: Network from `build_model`.
        batch_size: Rows of a batch, each with its own states.
    """

    def __init__(self, network: keras.Model, batch_size: int) -> None:
        super().__init__()
        self.network = network
        self.states = [
            self.add_weight(
                (batch_size, state.shape[-1]),
                "zeros",
                trainable=False,
                name=f"state_{i}",
            )
            for i, state in enumerate(network.inputs[1:])
        ]

    def call(
        self, inputs: tuple[tf.Tensor, tf.Tensor], training: bool | None = None
    ) -> tf.Tensor:
        """Return the logits, and keep the final states for the next window."""
        tokens, is_first = inputs
        initial = [state * (1 - is_first) for state in self.states]
        logits, *final = self.network([tokens, *initial], training=training)
        for state, value in zip(self.states, final, strict=True):
            state.assign(value)
        return logits
