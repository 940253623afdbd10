# SPDX-License-Identifier: Apache-2.0
"""A user's own network as a language model: tokens to the logits of the next ones."""

from typing import Final

import keras
import numpy as np

from components.contracts.network import InputSpec, OutputSpec
from components.core.errors import UsageError
from components.trainer.own_network import WHERE, build_own_network
from components.trainer.own_network_params import OwnNetworkParams

_LENGTH: Final = 8
# Rounding of one machine; a network that looks ahead differs by far more.
_TOLERANCE: Final = 1e-4


def build_own_language_model(
    settings: OwnNetworkParams, vocabulary_size: int
) -> keras.Model:
    """Build the network that the settings name.

    Args:
        settings: Names the function that builds it.
        vocabulary_size: Tokens, the unknown token included.

    Returns:
        A model from `[tokens, state]` to `[logits, state]`, like one of the family's;
        its state carries nothing.

    Raises:
        UsageError: If the network does not fit, or a prediction depends on the token
            that is predicted.
    """
    inputs = {"tokens": InputSpec((None,), "int32", vocabulary_size)}
    output = OutputSpec(units=vocabulary_size, per_step=True)
    model = build_own_network(settings, inputs, output)
    if _looks_ahead(model, vocabulary_size):
        raise UsageError(
            f"{WHERE}: {settings.network}: expected the logits of a step to depend on "
            "that token and on those before it.\nReceived a network that looks ahead: "
            "take causal layers, and none that reads in both directions."
        )
    state = keras.Input((1,), name="state_0")
    unchanged = keras.layers.Identity()(state)
    return keras.Model([model.inputs[0], state], [model.outputs[0], unchanged])


def token_embeddings(network: keras.Model) -> np.ndarray | None:
    """The weights of the first Embedding layer of a network; None if it has none."""
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.Embedding):
            return np.asarray(layer.embeddings)
    return None


def _looks_ahead(model: keras.Model, vocabulary_size: int) -> bool:
    tokens = np.arange(_LENGTH, dtype=np.int32)[None, :] % vocabulary_size
    changed = tokens.copy()
    changed[0, -1] = (changed[0, -1] + 1) % vocabulary_size
    before = [np.asarray(model(t, training=False))[0, :-1] for t in (tokens, changed)]
    return bool(np.abs(before[0] - before[1]).max() > _TOLERANCE)
