# SPDX-License-Identifier: Apache-2.0
"""How to load a published model, for its card: TensorFlow, TF Serving, Keras."""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from components.model_store.published import KERAS_FILE

_EXAMPLES: Final = "examples"
_FOLDER: Final = "<this folder>"
Record = Mapping[str, Any]


def own_modules(keras_file: Path) -> tuple[str, ...] | None:
    """Modules of the user's own layers in a file for Keras; None without such a file.

    Args:
        keras_file: `model.keras`.
    """
    if not keras_file.exists():
        return None
    with zipfile.ZipFile(keras_file) as archive:
        config = json.loads(archive.read("config.json"))
    return tuple(sorted(set(_own_modules(config))))


def _own_modules(config: Any) -> Iterator[str]:
    if isinstance(config, Mapping):
        # `package>Name` of what is registered, as layers of one's own must be.
        if ">" in str(config.get("registered_name")) and config.get("module"):
            yield str(config["module"])
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _own_modules(part)


def loading_parts(
    provenance: Record,
    signature_examples: Sequence[Record],
    keras_modules: Sequence[str] | None,
) -> Iterator[str]:
    """Yield the paragraphs and examples of code.

    Args:
        provenance: Content of provenance.json.
        signature_examples: Recorded calls of the model's signatures.
        keras_modules: Modules that `model.keras` needs beside Keras; None without such
            a file.
    """
    lines = [
        "import tensorflow as tf",
        "",
        f'model = tf.saved_model.load("{_FOLDER}")',
    ]
    for example in signature_examples:
        inputs, outputs = example["inputs"], example["outputs"]
        arguments = ", ".join(f"{name}={name}" for name in inputs)
        call = f'model.signatures["{example["signature"]}"]({arguments})'
        takes = [f"# {k}: {_tensor(v)}" for k, v in inputs.items()]
        gives = [f'answer["{k}"]  # {_tensor(v)}' for k, v in outputs.items()]
        lines += ["", *takes, f"answer = {call}", *gives]
    yield _python(lines)
    yield "All that must be done to the input is done inside the model."
    names = {name for one in signature_examples for name in one["inputs"]}
    if _EXAMPLES in names:
        yield (f"`{_EXAMPLES}` are serialized tf.Examples as the pipeline writes them.")
    if "seed" in names:
        yield "The same `seed` gives the same answer."
    direct = [one for one in signature_examples if _EXAMPLES not in one["inputs"]]
    if direct:
        yield from _rest(provenance, direct[0])
    if keras_modules is not None:
        yield from _keras(keras_modules, direct)


def _rest(provenance: Record, example: Record) -> Iterator[str]:
    inputs = example["inputs"]
    parts = [f'"{name}": <{_one(tensor)}>' for name, tensor in inputs.items()]
    if all(tensor["shape"] for tensor in inputs.values()):
        # TF Serving takes the value alone where there is one input.
        one = f"{{{', '.join(parts)}}}" if parts[1:] else parts[0].partition(": ")[2]
        given = f'"instances": [{one}]'
    else:
        given = f'"inputs": {{{", ".join(parts)}}}'
    body = f'{{"signature_name": "{example["signature"]}", {given}}}'
    address = f"http://HOST:8501/v1/models/{provenance.get('recipe')}:predict"
    yield 'TF Serving answers over HTTP; a value of bytes is written as `{"b64": ...}`:'
    yield "\n".join(["```bash", f"curl {address} -d '{body}'", "```"])


def _keras(modules: Sequence[str], direct: Sequence[Record]) -> Iterator[str]:
    needs = "It has layers of Keras alone."
    if modules:
        names = ", ".join(f"`{module}`" for module in modules)
        needs = f"It needs the module {names} on the path, and nothing of prodl."
    yield f"`{KERAS_FILE}` is the network for Keras, to be trained further. {needs}"
    imports = [f"import {module}  # its own layers" for module in modules]
    lines = [
        "import keras",
        *imports,
        "",
        f'model = keras.saving.load_model("{_FOLDER}/{KERAS_FILE}")',
        "model.summary()",
    ]
    if len(direct) and len(direct[0]["inputs"]) == 1:
        name = direct[0]["signature"]
        lines += [
            "",
            "# Or the whole SavedModel as a layer, which is not trained further:",
            f'layer = keras.layers.TFSMLayer("{_FOLDER}", call_endpoint="{name}")',
        ]
    yield _python(lines)


def _python(lines: Sequence[str]) -> str:
    return "\n".join(["```python", *lines, "```"])


def _tensor(tensor: Record) -> str:
    """Format type and shape of a recorded tensor, with `n` for the number of items."""
    shape = ["n", *map(str, tensor["shape"][1:])] if tensor["shape"] else []
    return f"{tensor['dtype']} [{', '.join(shape)}]"


def _one(tensor: Record) -> str:
    """Format type and shape of one item of a recorded tensor."""
    shape = ", ".join(map(str, tensor["shape"][1:]))
    return f"{tensor['dtype']} [{shape}]" if shape else str(tensor["dtype"])
