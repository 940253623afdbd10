# SPDX-License-Identifier: Apache-2.0
"""Dense network on numbers and embedded categories (Guo and Berkhahn 2016)."""

from collections.abc import Mapping
from typing import Final

import keras

from components.contracts.network import InputSpec, OutputSpec
from components.trainer.own_network import build_own_network
from components.trainer.table.params import Params

# Decay per step of the running statistics of batch normalization: a training on a
# small table has too few steps for Keras' default of 0.99.
_MOMENTUM: Final = 0.9
# Size of an embedding by that of its vocabulary: fastai's rule.
_FACTOR: Final = 1.6
_POWER: Final = 0.56
_LARGEST: Final = 50


def build_model(
    params: Params, inputs: Mapping[str, InputSpec], output: OutputSpec
) -> keras.Model:
    """Build the network that the parameters describe, or name.

    Args:
        params: Parameters of the network.
        inputs: Input -> shape, type and number of ids.
        output: Classes, or a number.

    Returns:
        A model from a mapping of tensors (n, size) to float32 (n, units).
    """
    if params.network:
        return _by_name(build_own_network(params, inputs, output), inputs)
    tensors = {
        name: keras.Input(spec.shape, dtype=spec.dtype, name=name)
        for name, spec in inputs.items()
    }
    parts = [_encode(params, name, tensors[name], inputs[name]) for name in inputs]
    tensor = keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    for number, units in enumerate(params.units, 1):
        tensor = _hidden_layer(params, tensor, units, number)
    # In float32 also where the other layers compute in less.
    answer = keras.layers.Dense(output.units, dtype="float32", name=output.kind)
    return keras.Model(tensors, answer(tensor))


def _encode(
    params: Params, name: str, tensor: keras.KerasTensor, spec: InputSpec
) -> keras.KerasTensor:
    """Numbers as they are, ids as their embeddings."""
    if not spec.vocabulary_size:
        return tensor
    size = params.embedding_dim or embedding_dim(spec.vocabulary_size)
    embedding = keras.layers.Embedding(
        spec.vocabulary_size, size, name=f"{name}_embedding"
    )
    return keras.layers.Flatten(name=f"{name}_vector")(embedding(tensor))


def embedding_dim(vocabulary_size: int) -> int:
    """Return the size of an embedding by that of its vocabulary.

    Example:
        >>> embedding_dim(5), embedding_dim(100), embedding_dim(10_000)
        (4, 21, 50)
    """
    fitting: int = round(_FACTOR * vocabulary_size**_POWER)
    return min(_LARGEST, fitting)


def _hidden_layer(
    params: Params, tensor: keras.KerasTensor, units: int, number: int
) -> keras.KerasTensor:
    uses_bias = not params.batch_normalization
    tensor = keras.layers.Dense(units, use_bias=uses_bias, name=f"dense_{number}")(
        tensor
    )
    if params.batch_normalization:
        tensor = keras.layers.BatchNormalization(momentum=_MOMENTUM)(tensor)
    tensor = keras.layers.ReLU()(tensor)
    return keras.layers.Dropout(params.dropout)(tensor) if params.dropout else tensor


def _by_name(model: keras.Model, inputs: Mapping[str, InputSpec]) -> keras.Model:
    """The model, called by the name of its input also where it has only one."""
    if isinstance(model.input, dict):
        return model
    (name,) = inputs
    return keras.Model({name: model.inputs[0]}, model.outputs[0])
