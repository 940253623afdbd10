# SPDX-License-Identifier: Apache-2.0
"""Replay recorded signature calls on a SavedModel; run as a script by serving_check.py.

It imports nothing of the project: a model that needs the project's code to load fails
here as it would fail for its users.

    python replay.py MODEL_DIR SIGNATURE_EXAMPLES.json RESULT.json

Its standard input is a pipe that its starter holds open: it ends with its starter.
"""

import json
import os
import sys
from base64 import b64decode
from pathlib import Path
from threading import Thread
from typing import Any


def _end_with_starter() -> None:
    # Not by sys.stdin, whose lock the interpreter wants when it ends.
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    # Before the next imports, which take seconds.
    Thread(target=_end_with_starter, daemon=True).start()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

# Smaller differences are rounding: float32 on one machine repeats exactly, other batch
# sizes and other processors do not quite. Relative to the largest number expected.
TOLERANCE = 1e-4
# The same rounding can change a pixel of a generated image by one level.
PIXEL_STEP = 1


def main(model_dir: str, examples_file: str, result_file: str) -> None:
    """Load the model, replay the calls, write signatures and mismatches.

    Args:
        model_dir: Folder of the SavedModel.
        examples_file: Recorded calls, as JSON: signature, inputs and outputs.
        result_file: Output: `signatures`, and `mismatches` as pairs of expected and
            received, as JSON.
    """
    examples = json.loads(Path(examples_file).read_text(encoding="utf-8"))
    signatures = tf.saved_model.load(model_dir).signatures
    result = {
        "signatures": sorted(signatures),
        "mismatches": [m for example in examples for m in _replay(signatures, example)],
    }
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


def _replay(signatures: Any, example: dict[str, Any]) -> list[list[str]]:
    """Expected and received of each output that differs from the recorded one."""
    name = example["signature"]
    if name not in signatures:
        received = ", ".join(sorted(signatures)) or "none"
        return [[f"the signature {name}", received]]
    inputs = {k: tf.constant(_decode(v)) for k, v in example["inputs"].items()}
    outputs = signatures[name](**inputs)
    mismatches = []
    for output, recorded in example["outputs"].items():
        expected = f"{name} to return {output!r} as it was evaluated"
        if output not in outputs:
            mismatches.append([expected, f"only {', '.join(outputs)}"])
        elif gap := _gap(_decode(recorded), _array(outputs[output])):
            mismatches.append([expected, gap])
    return mismatches


def _gap(recorded: Any, received: Any) -> str:
    """Difference of an output from the recorded one, in words; empty for none."""
    if recorded.shape != received.shape:
        return f"shape {received.shape}, recorded was {recorded.shape}"
    if received.dtype.kind not in "fiu":
        return "" if (recorded == received).all() else "another text"
    if not np.isfinite(received).all():
        return "numbers that are not finite"
    gap = np.abs(received.astype(float) - recorded).max(initial=0.0)
    scale = max(1.0, np.abs(recorded.astype(float)).max(initial=0.0))
    allowed = PIXEL_STEP if received.dtype == np.uint8 else TOLERANCE * scale
    return "" if gap <= allowed else f"numbers that differ by {gap:.3g}"


def _array(tensor: Any) -> Any:
    # A single text comes as bytes; an array of bytes would drop zeros at their end.
    value = tensor.numpy()
    return np.array(value, dtype=object) if isinstance(value, bytes) else value


def _decode(tensor: dict[str, Any]) -> Any:
    if tensor["dtype"] == "string":
        texts = [b64decode(text) for text in tensor["values"]]
        return np.array(texts, dtype=object).reshape(tensor["shape"])
    values = np.frombuffer(b64decode(tensor["values"]), tensor["dtype"])
    return values.reshape(tensor["shape"])


if __name__ == "__main__":
    main(*sys.argv[1:])
