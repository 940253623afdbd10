# SPDX-License-Identifier: Apache-2.0
"""A small exported classifier of photographs, made without training in a few seconds.

It predicts the class whose mean features are nearest, which suffices to test
evaluations, and has the signatures of a trained one, written by the trainer's export.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from components.trainer.classifier.photo_export import add_photo_signatures
from components.trainer.images.params import ImageSize
from components.trainer.images.resizing import decode_photographs
from tests.support.datasets.photographs import CLASSES, FACTS, draw_photograph
from tests.support.models.classifiers import PROVENANCE

SIDE = 24


def write_photo_model(folder: Path, classes: tuple[str, ...] = CLASSES) -> Path:
    """Export a classifier and return its folder.

    Args:
        folder: Where to write.
        classes: Class names, the first ones of the data set. Defaults to all.
    """
    archive = keras.export.ExportArchive()
    model = _nearest_mean_model(len(classes))
    archive.track(model)
    _add_signatures(archive, model)
    archive.write_out(str(folder), verbose=False)
    facts = {**asdict(FACTS), "classes": list(classes)}
    record = {**PROVENANCE, "recipe": "shapes-cnn", "dataset": facts}
    (folder / "provenance.json").write_text(json.dumps(record))
    return folder


def _nearest_mean_model(num_classes: int) -> keras.Model:
    images = keras.Input((SIDE, SIDE, 3), dtype="uint8")
    maps = keras.layers.AveragePooling2D(2)(keras.layers.Rescaling(1 / 255)(images))
    nearness = keras.layers.Dense(num_classes)
    model = keras.Model(images, nearness(keras.layers.Flatten()(maps)))
    features = keras.Model(images, nearness.input)
    means = [_mean_features(features, label) for label in range(num_classes)]
    known = np.stack(means) - np.mean(means, axis=0)
    bias = -np.square(known).sum(axis=1) / 2 - known @ np.mean(means, axis=0)
    nearness.set_weights([known.T, bias])
    return model


def _mean_features(features: keras.Model, label: int) -> np.ndarray:
    drawn = [Image.fromarray(draw_photograph(label, n)) for n in range(60)]
    pixels = np.stack([np.asarray(image.resize((SIDE, SIDE))) for image in drawn])
    return np.asarray(features(pixels)).mean(axis=0)


def _add_signatures(archive: Any, model: Any) -> None:
    image_size = ImageSize(size=SIDE)

    def predict(images: Any) -> dict[str, Any]:
        return {"probabilities": tf.nn.softmax(model(images, training=False))}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        spec = {"image": tf.io.FixedLenFeature([], tf.string)}
        encoded = tf.io.parse_example(examples, spec)["image"]
        return predict(decode_photographs(encoded, image_size))

    pixels = tf.TensorSpec([None, SIDE, SIDE, 3], tf.uint8, name="images")
    archive.add_endpoint("serving_default", serve)
    archive.add_endpoint(
        "predict_images", tf.function(predict, input_signature=[pixels])
    )
    add_photo_signatures(archive, model, predict, tf.identity, image_size)
