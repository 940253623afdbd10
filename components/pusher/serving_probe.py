# SPDX-License-Identifier: Apache-2.0
"""Ask a SavedModel in a process of its own; run as a file by `serving_check.py`.

It imports nothing of the project: a model that needs the project's code to load would
fail here as it would fail at its users'.

    python serving_probe.py MODEL_DIR PROBES.json ANSWERS.json
"""

import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

# Differences below it are rounding: float32 on one machine repeats exactly, other batch
# sizes and other processors do not quite. Relative to the largest number expected.
TOLERANCE = 1e-4
# The same rounding can carry a pixel of a made picture over to the next whole number.
PIXEL_STEP = 1


def main(model_dir: str, probes_file: str, answers_file: str) -> None:
    """Load the model, ask, write what it says.

    Args:
        model_dir: Folder of the SavedModel.
        probes_file: What the evaluation recorded: signature, inputs and outputs.
        answers_file: Where the signatures and the complaints go, as JSON.
    """
    import tensorflow as tf

    probes = json.loads(Path(probes_file).read_text(encoding="utf-8"))
    signatures = tf.saved_model.load(model_dir).signatures
    answers = {
        "signatures": sorted(signatures),
        "complaints": [c for probe in probes for c in _ask(tf, signatures, probe)],
    }
    Path(answers_file).write_text(json.dumps(answers), encoding="utf-8")


def _ask(tf: Any, signatures: Any, probe: dict[str, Any]) -> list[list[str]]:
    """Expected and received of each output that is not what was recorded."""
    name = probe["signature"]
    if name not in signatures:
        received = ", ".join(sorted(signatures)) or "none"
        return [[f"the signature {name}", received]]
    inputs = {k: tf.constant(_decode(v)) for k, v in probe["inputs"].items()}
    outputs = signatures[name](**inputs)
    complaints = []
    for output, recorded in probe["outputs"].items():
        what = f"{name} to return {output!r} as it was evaluated"
        if output not in outputs:
            complaints.append([what, f"only {', '.join(outputs)}"])
        elif gap := _gap(_decode(recorded), _array(outputs[output])):
            complaints.append([what, gap])
    return complaints


def _gap(recorded: Any, received: Any) -> str:
    """How far an answer is from the recorded one, in words; empty if it is not."""
    import numpy as np

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
    import numpy as np

    # A single text comes as bytes, and an array of them would drop zeros at their end.
    value = tensor.numpy()
    return np.array(value, dtype=object) if isinstance(value, bytes) else value


def _decode(tensor: dict[str, Any]) -> Any:
    import numpy as np

    if tensor["dtype"] == "string":
        texts = [b64decode(text) for text in tensor["values"]]
        return np.array(texts, dtype=object).reshape(tensor["shape"])
    values = np.frombuffer(b64decode(tensor["values"]), tensor["dtype"])
    return values.reshape(tensor["shape"])


if __name__ == "__main__":
    main(*sys.argv[1:])
