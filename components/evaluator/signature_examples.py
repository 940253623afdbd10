# SPDX-License-Identifier: Apache-2.0
"""Recorded calls of a model's signatures, to verify a copy of the model later.

They are signature_examples.json beside the metrics. Before a model is published,
`components/pusher/replay.py` repeats the calls in a fresh process without the project's
code, like the requests of TFX's InfraValidator.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from components.serving.saved_model import SavedModel


@dataclass(frozen=True)
class SignatureExample:
    """One call of a signature with its outputs."""

    signature: str
    """Name of the signature, for example `serving_default`."""

    inputs: Mapping[str, Any]
    """Name -> array; strings as a list of bytes."""

    outputs: Mapping[str, Any]
    """Name -> expected output: an array, or bytes for a string."""


def record_call(model: SavedModel, signature: str, **inputs: Any) -> SignatureExample:
    """Call a signature and record inputs and outputs.

    Args:
        model: The evaluated model.
        signature: Name of the signature.
        **inputs: Arrays, or lists of bytes, by the names of the inputs.
    """
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    tensors = model.signature(signature)(**tensors)
    outputs = {name: tensor.numpy() for name, tensor in tensors.items()}
    return SignatureExample(signature, inputs, outputs)


def signature_examples_json(examples: Iterable[SignatureExample]) -> bytes:
    """Encode the content of signature_examples.json."""
    records = [asdict(example) for example in examples]
    for record in records:
        for part in ("inputs", "outputs"):
            record[part] = {k: _encode(v) for k, v in record[part].items()}
    return json.dumps(records).encode()


def _encode(value: Any) -> dict[str, Any]:
    array = np.asarray(value)
    shape = list(array.shape)
    if array.dtype.kind in "SO":
        # NumPy's own strings drop zeros at their end, and an example may end in one.
        array = np.asarray(value, dtype=object)
        texts = [b64encode(text).decode() for text in array.ravel().tolist()]
        return {"dtype": "string", "shape": shape, "values": texts}
    values = b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": shape, "values": values}
