# SPDX-License-Identifier: Apache-2.0
"""A language model in layers of Keras alone, for the file `model.keras`.

The embedding is no longer tied to the output layer: each has the weights of its own.
"""

from typing import Any

import keras

from components.trainer.language.layers import TiedEmbedding

_RECURRENT = (keras.layers.LSTM, keras.layers.GRU)


def as_keras_model(network: keras.Model) -> keras.Model:
    """Build the same model without states and without layers of ours.

    Args:
        network: Model from `[tokens, *states]` to `[logits, *states]`, or an ensemble
            of such models.

    Returns:
        A model from tokens, int32 (n, steps), to the log-probabilities of the token
        after each, float32 (n, steps, vocabulary_size), the unknown token first.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    members = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    if len(members) > 1:
        outputs = [_plain_network(member)(tokens) for member in members]
        logs = [keras.layers.Activation("log_softmax")(logits) for logits in outputs]
        logits = keras.ops.logsumexp(keras.ops.stack(logs), axis=0)
    else:
        logits = _plain_network(network)(tokens)
    log_softmax = keras.layers.Activation("log_softmax", name="log_probabilities")
    return keras.Model(tokens, log_softmax(logits))


def _plain_network(network: keras.Model) -> keras.Model:
    """Build a network from tokens to logits that starts from zero states."""
    tied = [layer for layer in network.layers if isinstance(layer, TiedEmbedding)]
    if not tied:  # a network of the user's own
        inner = keras.Model(network.inputs[0], network.outputs[0])
        inner.name = network.name
        return inner
    (embedding,) = tied
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    size = embedding.output_dim
    first = keras.layers.Embedding(embedding.input_dim, size, name="embedding")
    tensor = first(tokens)
    layers: list[Any] = [first]
    for layer in network.layers:
        if isinstance(layer, keras.layers.SpatialDropout1D):
            tensor = keras.layers.SpatialDropout1D(layer.rate)(tensor)
        elif isinstance(layer, _RECURRENT):
            layers.append(_recurrent(layer))
            tensor = layers[-1](tensor)
    last = keras.layers.Dense(embedding.input_dim, name="logits")
    plain = keras.Model(tokens, last(tensor), name=network.name)
    matrix, bias = embedding.embeddings.numpy(), embedding.bias.numpy()
    first.set_weights([matrix])
    last.set_weights([matrix.T, bias])
    for own, layer in zip(layers[1:], _recurrent_layers(network), strict=True):
        own.set_weights([v.numpy() for v in layer.weights[: len(own.weights)]])
    return plain


def _recurrent(layer: Any) -> Any:
    options = {**layer.get_config(), "return_state": False, "unroll": False}
    return type(layer).from_config(options)


def _recurrent_layers(network: keras.Model) -> list[Any]:
    return [layer for layer in network.layers if isinstance(layer, _RECURRENT)]
