# SPDX-License-Identifier: Apache-2.0
"""A few questions to a model with its answers, so that a copy of it can be asked again.

They lie as probes.json beside the metrics; before a model is published, a fresh process
that knows nothing of the project puts the same questions to it.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.serving.saved_model import ServedModel


@dataclass(frozen=True)
class Probe:
    """One call of a signature.

    Attributes:
        signature: Its name, for example `serving_default`.
        inputs: Name -> NumPy array; bytes in a list for strings.
        outputs: Name -> what it must answer, numbers as NumPy array, strings as bytes.
    """

    signature: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


def ask(model: "ServedModel", signature: str, **inputs: Any) -> Probe:
    """Call a signature and keep what it says.

    Args:
        model: The model that is judged.
        signature: Its name.
        **inputs: Arrays, or lists of bytes, by the names of the signature.
    """
    import tensorflow as tf

    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    outputs = model.signature(signature)(**tensors)
    return Probe(signature, inputs, {k: v.numpy() for k, v in outputs.items()})


def probes_json(probes: Iterable[Probe]) -> bytes:
    """The content of probes.json; `components/pusher/replay.py` reads it."""
    records = [asdict(probe) for probe in probes]
    for record in records:
        for part in ("inputs", "outputs"):
            record[part] = {k: _encode(v) for k, v in record[part].items()}
    return json.dumps(records).encode()


def _encode(value: Any) -> dict[str, Any]:
    import numpy as np

    array = np.asarray(value)
    shape = list(array.shape)
    if array.dtype.kind in "SO":
        # NumPy's own strings drop zeros at their end, and an example may end in one.
        array = np.asarray(value, dtype=object)
        texts = [b64encode(text).decode() for text in array.ravel().tolist()]
        return {"dtype": "string", "shape": shape, "values": texts}
    values = b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": shape, "values": values}
