# SPDX-License-Identifier: Apache-2.0
"""A user's own network: built by the function that the key `network` names, checked.

What does not fit is refused before the first epoch, in one sentence each: an input or
output of another name, shape or type; a softmax where logits are wanted; a layer that
another process could not load again.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import keras

from components.contracts.network import InputSpec, OutputSpec
from components.core.errors import UsageError
from components.core.import_path import FAILURES, import_object
from components.trainer.own_network_params import OwnNetworkParams

WHERE: Final = "trainer.network"
REGISTER: Final = '@keras.saving.register_keras_serializable(package="mine")'

Build = Callable[..., Any]


def build_own_network(
    settings: OwnNetworkParams, inputs: Mapping[str, InputSpec], output: OutputSpec
) -> keras.Model:
    """Build a user's own network.

    Args:
        settings: Import path of the function, and its parameters.
        inputs: Name -> what the network is called with.
        output: What it must return.

    Returns:
        A functional model that takes a tensor, or by their names the tensors of several
        inputs.

    Raises:
        UsageError: There is no such function, it fails, or what it returns does not
            fit.
    """
    path = settings.network
    kind = "a function (inputs, output, params) -> keras.Model"
    build: Build = import_object(path, WHERE, kind)
    try:
        model = build(
            inputs=dict(inputs), output=output, params=dict(settings.network_params)
        )
    except FAILURES as error:
        raise UsageError(
            f"{WHERE}: {path} failed: {type(error).__name__}: {error}"
        ) from error
    for expected, received in _faults(model, inputs, output):
        raise _refusal(path, expected, received)
    functional = _as_functional(model, inputs)
    for expected, received in _copy_faults(functional):
        raise _refusal(path, expected, received)
    return functional


def _faults(
    model: Any, inputs: Mapping[str, InputSpec], output: OutputSpec
) -> Iterator[tuple[str, str]]:
    """Yield what was expected and what was received, for each fault."""
    if not isinstance(model, keras.Model):
        yield "a keras.Model as its result", type(model).__name__
        return
    if not _has_inputs(model):
        wanted = "a model made of keras.Input layers, as keras.Model(inputs, outputs)"
        yield wanted, f"a {type(model).__name__} that does not say what it takes"
        return
    yield from _input_faults(model, inputs)
    yield from _output_faults(model, output)
    for layer in _all_layers(model):
        yield from _layer_faults(layer)


def _has_inputs(model: keras.Model) -> bool:
    """Whether a model knows its inputs; one without `keras.Input` does not."""
    try:
        return bool(model.inputs)
    except (AttributeError, ValueError):
        return False


def _input_faults(
    model: keras.Model, inputs: Mapping[str, InputSpec]
) -> Iterator[tuple[str, str]]:
    received = {tensor.name: tensor for tensor in model.inputs}
    if len(inputs) == 1 and len(received) == 1:
        # A single input needs no name.
        received = {next(iter(inputs)): model.inputs[0]}
    if set(received) != set(inputs):
        yield f"inputs with the names {_names(inputs)}", _names(received)
        return
    for name, spec in inputs.items():
        tensor = received[name]
        is_same = tuple(tensor.shape[1:]) == spec.shape and tensor.dtype == spec.dtype
        if not is_same:
            wanted = f"the input {name!r} to be {_tensor(spec.shape, spec.dtype)}"
            yield wanted, _tensor(tensor.shape[1:], tensor.dtype)


def _output_faults(model: keras.Model, output: OutputSpec) -> Iterator[tuple[str, str]]:
    if len(model.outputs) != 1:
        yield "a single output", f"{len(model.outputs)} outputs"
        return
    tensor = model.outputs[0]
    # A training may compute in less than float32, the exported model never does.
    dtypes = {"float32", keras.config.dtype_policy().compute_dtype}
    if not _fits(tuple(tensor.shape[1:]), output.shape) or tensor.dtype not in dtypes:
        wanted = f"an output of {_tensor(output.shape, 'float32')}, {output.kind}"
        yield wanted, _tensor(tensor.shape[1:], tensor.dtype)
    elif output.kind == "logits" and _is_softmax(tensor):
        wanted = "logits as output: leave the activation of the last layer out"
        yield wanted, "the output of a softmax"


def _fits(received: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(received) == len(wanted) and all(
        size is None or one == size for one, size in zip(received, wanted, strict=True)
    )


def _is_softmax(tensor: keras.KerasTensor) -> bool:
    layer = tensor._keras_history.operation
    activation = getattr(layer, "activation", None)
    kinds = (keras.activations.softmax, keras.activations.sigmoid)
    return isinstance(layer, keras.layers.Softmax) or activation in kinds


def _layer_faults(layer: keras.layers.Layer) -> Iterator[tuple[str, str]]:
    kind = type(layer)
    if isinstance(layer, keras.layers.Lambda):
        wanted = "no Lambda layer, whose code a saved model does not hold: write it "
        yield wanted + "with keras.ops, or as a layer of your own", repr(layer.name)
    elif not _is_built_in(kind) and ">" not in keras.saving.get_registered_name(kind):
        wanted = f"{kind.__name__} to be registered, by the line {REGISTER} above it"
        yield wanted, f"a layer {layer.name!r} that is not"


def _copy_faults(model: keras.Model) -> Iterator[tuple[str, str]]:
    """A copy of its configuration must be the same network."""
    wanted = "a model that Keras can save and load again: give each layer of your own "
    wanted += "a get_config with all arguments of its __init__"
    try:
        copy = keras.Model.from_config(model.get_config())
    except Exception as error:
        yield wanted, f"{type(error).__name__}: {_first_line(error)}"
        return
    shapes = [tuple(v.shape) for v in model.variables]
    copied = [tuple(v.shape) for v in copy.variables]
    if shapes != copied:
        yield wanted, f"weights {_shown(copied)} in a copy of one with {_shown(shapes)}"


def _all_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield the layers of a model, of its inner models, and within layers."""
    yield from (layer for layer in model._flatten_layers() if layer is not model)


def _is_built_in(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "keras"


def _as_functional(model: keras.Model, inputs: Mapping[str, InputSpec]) -> keras.Model:
    """The same layers as a functional model, also those of a Sequential or subclass."""
    output = model.outputs[0]
    if len(inputs) == 1:
        return keras.Model(model.inputs[0], output)
    return keras.Model({tensor.name: tensor for tensor in model.inputs}, output)


def _tensor(shape: Any, dtype: str) -> str:
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    return f"{dtype} (n, {sizes})"


def _names(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _shown(shapes: list[tuple[int, ...]]) -> str:
    return " ".join(map(str, shapes)) or "none"


def _refusal(path: str, expected: str, received: str) -> UsageError:
    return UsageError(f"{WHERE}: {path}: expected {expected}.\nReceived {received}.")
