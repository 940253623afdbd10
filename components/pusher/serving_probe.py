# SPDX-License-Identifier: Apache-2.0
"""Ask a SavedModel in a process of its own; run as a file by `serving_check.py`.

It imports nothing of the project: a model that needs the project's code to load would
fail here as it would fail at its users'.

    python serving_probe.py MODEL_DIR QUESTIONS.json ANSWERS.json
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

PROBABILITIES = "probabilities"


def main(model_dir: str, questions_file: str, answers_file: str) -> None:
    """Load the model, ask, write what it says.

    Args:
        model_dir: Folder of the SavedModel.
        questions_file: JSON with `image_shape`, `encoding`, and `recorded` examples.
        answers_file: Where the answers go, as JSON.
    """
    import tensorflow as tf

    questions = json.loads(Path(questions_file).read_text(encoding="utf-8"))
    model = tf.saved_model.load(model_dir)
    answers: dict[str, Any] = {"signatures": sorted(model.signatures)}
    if {"serving_default", "predict_images"} <= set(model.signatures):
        answers |= _ask(tf, model.signatures, questions)
    Path(answers_file).write_text(json.dumps(answers), encoding="utf-8")


def _ask(tf: Any, signatures: Any, questions: dict[str, Any]) -> dict[str, Any]:
    images = _images(questions["image_shape"])
    examples = [_example(tf, image, questions["encoding"]) for image in images]
    recorded = [base64.b64decode(text) for text in questions["recorded"]]
    by_example = _answers(signatures["serving_default"](examples=tf.constant(examples)))
    by_image = _answers(signatures["predict_images"](images=tf.constant(images)))
    if recorded:
        outputs = signatures["serving_default"](examples=tf.constant(recorded))
    return {
        "serving_default": by_example,
        "predict_images": by_image,
        "recorded": _answers(outputs) if recorded else [],
    }


def _images(shape: list[int]) -> Any:
    """Black, white, a ramp, and noise: uint8 (4, height, width, channels)."""
    import numpy as np

    size = int(np.prod(shape))
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, size).astype(np.uint8)
    pictures = [np.zeros(size, np.uint8), np.full(size, 255, np.uint8), ramp, noise]
    return np.stack(pictures).reshape(-1, *shape)


def _example(tf: Any, image: Any, encoding: str) -> bytes:
    """The picture as a tf.Example of the kind that Ingest writes."""
    raw = image.tobytes() if encoding == "raw" else tf.io.encode_png(image).numpy()
    height, width = image.shape[:2]
    feature = tf.train.Feature
    texts = {"image": raw, "label": b"", "item_id": b"probe"}
    floats = {"mean": float(image.mean()), "std": float(image.std())}
    numbers = {"width": width, "height": height}
    features = {
        **{k: feature(bytes_list={"value": [v]}) for k, v in texts.items()},
        **{k: feature(float_list={"value": [v]}) for k, v in floats.items()},
        **{k: feature(int64_list={"value": [v]}) for k, v in numbers.items()},
    }
    example = tf.train.Example(features={"feature": features})
    return bytes(example.SerializeToString())


def _answers(outputs: Any) -> list[list[float]] | None:
    if PROBABILITIES not in outputs:
        return None
    rows: list[list[float]] = outputs[PROBABILITIES].numpy().astype(float).tolist()
    return rows


if __name__ == "__main__":
    main(*sys.argv[1:])
