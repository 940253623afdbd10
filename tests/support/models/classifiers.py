# SPDX-License-Identifier: Apache-2.0
"""Examples as Ingest writes them and small exported classifiers, made in a second.

    examples = write_examples(folder / "examples", images, labels)
    model = write_model(folder / "model", images, labels)

A classifier predicts the class of the nearest of its stored pictures. It needs no
training, yet is a Keras 3 model with the signatures that the trainer exports.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.evaluator.metrics import Metrics
from components.pusher.serving_check import check_serving
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import SIDE

CLASSES = tuple(str(digit) for digit in range(10))
DATASET = {
    "name": "mnist",
    "classes": list(CLASSES),
    "image_shape": [SIDE, SIDE, 1],
    "modality": "image",
    "ink_box": 20,
    "content_sha256": "c" * 64,
    "dvc_md5": "d" * 32 + ".dir",
    "variant": "official",
}
PROVENANCE = {
    "recipe": "mnist-cnn",
    "seed": 7,
    "params": {"epochs": 3, "optimizer": {"name": "adam"}},
    "dataset": DATASET,
    "model_key": "b" * 64,
    "code_fingerprint": "5" * 64,
    "num_parameters": 7850,
    "epochs": 3,
    "train_seconds": 12.5,
    "devices": "1 x cpu",
    "precision": "float32",
    "validation": {"accuracy": 0.9},
    "details": {"temperature": 1.25},
    "git": {"commit": "a" * 40, "dirty": False},
    "python": "3.11",
    "libraries": {"tensorflow": "2.21.0", "keras": "3.15.1"},
}


def write_examples(
    uri: Path, images: Any, labels: Sequence[Any], split: str = "test", shards: int = 2
) -> Path:
    """Write a split of examples, distributed over files, and return the folder."""
    folder = uri / f"Split-{split}"
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(shards):
        name = f"data_tfrecord-{shard:05d}-of-{shards:05d}"
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for number in range(shard, len(labels), shards):
                item_id = f"{split}/{number:05d}"
                example = make_example(images[number], str(labels[number]), item_id)
                writer.write(example)
    return uri


def make_example(image: Any, label: str, item_id: str) -> bytes:
    """Serialize an image as Ingest does, with all features."""
    feature = tf.train.Feature
    features = {
        "image": feature(bytes_list={"value": [image.tobytes()]}),
        "label": feature(bytes_list={"value": [label.encode()]}),
        "item_id": feature(bytes_list={"value": [item_id.encode()]}),
        "mean": feature(float_list={"value": [float(image.mean())]}),
        "std": feature(float_list={"value": [float(image.std())]}),
        "width": feature(int64_list={"value": [SIDE]}),
        "height": feature(int64_list={"value": [SIDE]}),
    }
    example = tf.train.Example(features={"feature": features})
    return bytes(example.SerializeToString())


def write_model(
    folder: Path,
    images: Any,
    labels: Any,
    sharpness: float = 0.2,
    output: str = "softmax",
    control: tuple[Any, Any] | None = None,
    **provenance: Any,
) -> Path:
    """Export a classifier and return its folder.

    Args:
        folder: Where to write.
        images: Stored pictures, uint8 (n, 28, 28), equally many of each digit.
        labels: Their digits.
        sharpness: Scale of the logits. Defaults to 0.2.
        output: `softmax`, or `nan` for a broken model. Defaults to `softmax`.
        control: Stored pictures and digits of the control that it is compared with.
            Defaults to none.
        provenance: Entries that differ from PROVENANCE.
    """
    model = _nearest_picture_model(images, labels, sharpness)

    def predict(pixels: Any) -> dict[str, Any]:
        rows = tf.nn.softmax(model(pixels, training=False))
        return {"probabilities": rows * float("nan") if output == "nan" else rows}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        spec = {"image": tf.io.FixedLenFeature([], tf.string)}
        encoded = tf.io.parse_example(examples, spec)["image"]
        pixels = tf.reshape(tf.io.decode_raw(encoded, tf.uint8), [-1, SIDE, SIDE, 1])
        return predict(pixels)

    pictures = tf.TensorSpec([None, SIDE, SIDE, 1], tf.uint8, name="images")
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", serve)
    archive.add_endpoint(
        "predict_images", tf.function(predict, input_signature=[pictures])
    )
    if control is not None:
        rival = _nearest_picture_model(*control, sharpness)
        archive.track(rival)
        archive.add_endpoint(
            "predict_control",
            tf.function(
                lambda images: {"probabilities": tf.nn.softmax(rival(images))},
                input_signature=[pictures],
            ),
        )
    archive.write_out(str(folder), verbose=False)
    record = json.dumps({**PROVENANCE, **provenance})
    (folder / "provenance.json").write_text(record)
    return folder


def _nearest_picture_model(images: Any, labels: Any, sharpness: float) -> keras.Model:
    order = np.argsort(labels, kind="stable")
    known = np.asarray(images, np.float32).reshape(len(images), -1)[order] / 255
    pixels = keras.Input((SIDE, SIDE, 1), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255)(pixels)
    nearness = keras.layers.Dense(len(known))
    tensor = nearness(keras.layers.Flatten()(scaled))
    # The nearest of each class: stored pictures by class, then a maximum over each.
    tensor = keras.layers.Reshape((10, len(known) // 10))(tensor)
    tensor = keras.layers.Permute((2, 1))(tensor)
    model = keras.Model(pixels, keras.layers.GlobalMaxPooling1D()(tensor))
    # Least squared distance, written as a linear function of the pixels.
    kernel, bias = 2 * known.T, -np.square(known).sum(axis=1)
    nearness.set_weights([kernel * sharpness, bias * sharpness])
    return model


def check_every_signature(metrics: Metrics, model: Path, folder: Path) -> None:
    """Replay the recorded calls of an evaluation, which must cover every signature.

    Args:
        metrics: Result of the evaluation, with the recorded calls.
        model: Folder of the model.
        folder: Where to write.
    """
    recorded = folder / "signature_examples.json"
    recorded.write_bytes(metrics.files["signature_examples.json"])
    asked = {example["signature"] for example in json.loads(recorded.read_text())}
    assert asked == set(SavedModel(model).signatures)
    check_serving(model, recorded)
