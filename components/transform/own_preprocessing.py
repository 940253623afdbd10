# SPDX-License-Identifier: Apache-2.0
"""Transform with a user's own preprocessing function, beside that of the family.

The key `preprocess` of a recipe names a function (inputs) -> outputs of TensorFlow
Transform. What it gets and what it may return follows from the modality:

table        gets each column: float32 (n,), NaN where a number is missing; string (n,),
             empty where a category is missing. What it returns, float32 or int64, is
             what the network gets, in place of the features of the family.
text         gets and returns `text`, string (n,): the tokens are those of the result.
photograph   gets and returns `image`, string (n,): the bytes of JPEG or PNG files.

Label, target and weights are never its business. Like all of Transform it becomes part
of the exported model, so requests are treated in the same way.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import tensorflow as tf

from components.contracts.features import IMAGE, LABEL, TARGET, TEXT
from components.contracts.table_layout import RESERVED_NAMES, TableLayout
from components.core.errors import UsageError
from components.core.import_path import FAILURES, import_object
from components.core.records import read_record
from components.transform.features import Feature, one_value, value_or
from components.transform.labels import label_features

WHERE: Final = "preprocess"
# Modality -> its feature that an own function may change.
CONTENT: Final = {"text": TEXT, "photograph": IMAGE}
_TEXTS: Final = ("string (n)", "string of unknown shape")

Features = Mapping[str, Feature]
Own = Callable[[dict[str, tf.Tensor]], Any]


def preprocessing_fn(
    inputs: Features, custom_config: Mapping[str, Any]
) -> dict[str, Feature]:
    """Map raw features to the trainer's features.

    Args:
        inputs: The raw features.
        custom_config: `preprocess`: import path of the own function; `family`: that of
            the family's; `modality` of the data set; and what the family's needs.

    Raises:
        UsageError: There is no such function, it fails, or returns what it may not.
    """
    path = custom_config["preprocess"]
    own = import_object(path, WHERE, "a function (inputs) -> outputs")
    if custom_config["modality"] == "table":
        return _table(inputs, custom_config, own, path)
    name = CONTENT[custom_config["modality"]]
    content = one_value(inputs[name])
    outputs = _call(own, {name: content}, path)
    for expected, received in _content_faults(outputs, name):
        raise _refusal(path, expected, received)
    # Of unknown shape after tf.map_fn.
    changed = tf.reshape(outputs[name], tf.shape(content))
    module, _, function = custom_config["family"].rpartition(".")
    family = getattr(import_module(module), function)
    features: dict[str, Feature] = family({**inputs, name: changed}, custom_config)
    return features


def _table(
    inputs: Features, custom_config: Mapping[str, Any], own: Own, path: str
) -> dict[str, Feature]:
    layout = read_record(TableLayout, custom_config["table"], "table")
    columns = {
        name: value_or(inputs[name], "" if column.kind == "category" else float("nan"))
        for name, column in layout.columns.items()
    }
    outputs = _call(own, columns, path)
    for expected, received in _table_faults(outputs):
        raise _refusal(path, expected, received)
    if layout.is_regression:
        return {**outputs, TARGET: one_value(inputs[TARGET])}
    labels = one_value(inputs[LABEL])
    return {**outputs, **label_features(labels, custom_config["classes"])}


def _call(own: Own, inputs: dict[str, tf.Tensor], path: str) -> dict[str, tf.Tensor]:
    try:
        outputs = own(inputs)
    except FAILURES as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"{WHERE}: {path} failed: {reason}") from error
    if not isinstance(outputs, Mapping) or not outputs:
        raise _refusal(path, "a mapping of names to tensors", repr(outputs))
    return dict(outputs)


def _content_faults(outputs: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    """Yield what was expected and what was received, for each fault."""
    received = _described(outputs.get(name))
    if list(outputs) != [name]:
        yield f"the feature {name!r} alone", ", ".join(map(repr, outputs))
    elif received not in _TEXTS:
        yield f"{name!r} as string (n)", received


def _table_faults(outputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, tensor in outputs.items():
        if name in RESERVED_NAMES:
            wanted = "features with names of their own: the label, the target and the "
            yield wanted + "weights are those of the recipe", repr(name)
        if not str(name).isidentifier():
            yield "features whose names are letters, digits and _", repr(name)
        received = _described(tensor)
        if not received.startswith(("float32 (n", "int64 (n")):
            wanted = f"{name!r} as float32 (n) or (n, size), or as int64 of ids"
            yield wanted, received


def _described(tensor: Any) -> str:
    """Type and shape of a tensor of features, such as `float32 (n, 3)`."""
    if not isinstance(tensor, tf.Tensor):
        return f"a {type(tensor).__name__}"
    rank, kind = tensor.shape.rank, tensor.dtype.name
    if rank is None:
        return f"{kind} of unknown shape"
    if rank not in (1, 2):
        return f"{kind} of another shape, {tensor.shape}"
    sizes = [str(size) for size in tensor.shape[1:]]
    if "None" in sizes:
        return f"{kind} of an unknown size, {tensor.shape}"
    return f"{kind} ({', '.join(['n', *sizes])})"


def _refusal(path: str, expected: str, received: str) -> UsageError:
    return UsageError(f"{WHERE}: {path}: expected {expected}.\nReceived {received}.")
