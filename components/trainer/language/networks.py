# SPDX-License-Identifier: Apache-2.0
"""Network of the language models: tokens and states in, logits and states out.

    embedding -> recurrent layers -> output layer, tied to the embedding

The caller decides about the states: zero before each window, or carried over from
window to window by `StatefulModel`.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.trainer.language.layers import TiedEmbedding, UnknownTokenDropout
from components.trainer.language.params import NetworkParams

_LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def build_model(
    params: NetworkParams, vocabulary_size: int, num_steps: int | None = None
) -> keras.Model:
    """Build the network.

    Args:
        params: Architecture and dropout.
        vocabulary_size: Tokens, the unknown token included.
        num_steps: Length of the windows; steps are then unrolled, which is faster.
            Defaults to None, any length.

    Returns:
        A model from `[tokens, *states]` to `[logits, *states]`: tokens int32 (batch,
        steps), logits (batch, steps, vocabulary_size), states (batch, units).
    """
    tokens = keras.Input((num_steps,), dtype="int32", name="tokens")
    states = [
        keras.Input((params.units,), name=f"state_{i}")
        for i in range(params.num_states)
    ]
    embedding = TiedEmbedding(vocabulary_size, params.units, params.embedding_dropout)
    known = UnknownTokenDropout(params.unknown_token_dropout)(tokens)
    tensor = _drop(params, embedding(known))
    per_layer = params.num_states // params.num_layers
    final_states = []
    for start in range(0, params.num_states, per_layer):
        layer = _LAYERS[params.cell](
            params.units,
            recurrent_dropout=params.recurrent_dropout,
            return_sequences=True,
            return_state=True,
            unroll=num_steps is not None,
        )
        tensor, *final = layer(tensor, initial_state=states[start : start + per_layer])
        tensor = _drop(params, tensor)
        final_states += final
    logits = embedding(tensor, reverse=True)
    return keras.Model([tokens, *states], [logits, *final_states])


def build_ensemble(networks: Sequence[keras.Model]) -> keras.Model:
    """Combine networks into one that averages their probabilities.

    Args:
        networks: One or more from `build_model`, of the same vocabulary.

    Returns:
        A model like each of them, whose states are those of all; its logits are
        unnormalised log-probabilities.
    """
    if len(networks) == 1:
        return networks[0]
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    states, log_probabilities, final_states = [], [], []
    for number, network in enumerate(networks):
        # Names of layers are unique within a model.
        network.name = f"member_{number}"
        own = [keras.Input(state.shape[1:]) for state in network.inputs[1:]]
        logits, *final = network([tokens, *own])
        states += own
        final_states += final
        log_probabilities.append(keras.ops.log_softmax(logits))
    # The sum instead of the mean: a softmax of it is the same.
    logits = keras.ops.logsumexp(keras.ops.stack(log_probabilities), axis=0)
    return keras.Model([tokens, *states], [logits, *final_states])


def token_embeddings(network: keras.Model) -> NDArray[np.float32]:
    """Return the embeddings (vocabulary_size, units), the unknown token first."""
    embeddings: NDArray[np.float32] = network.get_layer("embedding").embeddings.numpy()
    return embeddings


def zero_states(network: keras.Model, batch_size: int | tf.Tensor) -> list[tf.Tensor]:
    """Make the states before the first token, each (batch_size, units)."""
    sizes = [state.shape[-1] for state in network.inputs[1:]]
    return [tf.zeros([batch_size, size]) for size in sizes]


def _drop(params: NetworkParams, tensor: keras.KerasTensor) -> keras.KerasTensor:
    # Drops features with one mask for all steps of a window.
    return keras.layers.SpatialDropout1D(params.dropout)(tensor)


class StatefulModel(keras.Model):
    """Model that starts each window with the final states of the window before.

    It makes the training one by truncated back-propagation through time: gradients stop
    at the edge of a window, the states do not.

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
