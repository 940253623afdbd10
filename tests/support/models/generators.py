# SPDX-License-Identifier: Apache-2.0
"""Generators with known faults, and a classifier of drawn digits.

    classifier = write_classifier(folder / "classifier")
    honest = write_bank_generator(folder / "honest", draw_digits(labels, seed=5))

A bank generator samples from a fixed set of pictures, so its quality is theirs.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel
from components.trainer.gan.export import export_generator
from components.trainer.gan.networks import build_generator
from components.trainer.generative.latent import Latent
from tests.support.datasets.mnist import SIDE, draw_digits
from tests.support.models.classifiers import DATASET, PROVENANCE, write_examples

NUM_TRAIN, NUM_TEST = 1000, 300
EPOCHS = 15


def write_digits(folder: Path, num_test: int = NUM_TEST) -> Path:
    """Write a train and a test split of drawn digits; return the Examples folder."""
    for split, count, seed in (("train", NUM_TRAIN, 11), ("test", num_test, 12)):
        labels = np.arange(count) % 10
        write_examples(folder, draw_digits(labels, seed), labels, split)
    return folder


def read_digits(
    folder: Path, num_test: int = NUM_TEST, epochs: int = EPOCHS
) -> ExampleSplit:
    """Write drawn digits and a classifier; return the test split that needs it.

    Args:
        folder: Where to write.
        num_test: Digits of the test split. Defaults to 300.
        epochs: Epochs of the classifier's training. Defaults to enough for a good one.
    """
    classifier = SavedModel(write_classifier(folder / "classifier", epochs))
    examples = write_digits(folder / "examples", num_test)
    return read_examples(examples, "test", json.dumps(DATASET), 100, classifier)


def train_digits() -> tuple[np.ndarray, np.ndarray]:
    """Draw the images of the training split, uint8 (n, 28, 28), and their labels."""
    labels = np.arange(NUM_TRAIN) % 10
    return draw_digits(labels, seed=11), labels


def write_classifier(folder: Path, epochs: int = EPOCHS) -> Path:
    """Train a small classifier of drawn digits, and export it for `needs`."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((SIDE, SIDE, 1), dtype="uint8")
    tensor = keras.layers.Rescaling(1 / 255)(pixels)
    tensor = keras.layers.Conv2D(8, 3, strides=2, activation="relu")(tensor)
    tensor = keras.layers.Dense(32, activation="relu")(keras.layers.Flatten()(tensor))
    model = keras.Model(pixels, keras.layers.Dense(10)(tensor))
    labels = np.arange(2000) % 10
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(draw_digits(labels, 13)[..., None], labels, epochs=epochs, verbose=0)

    penultimate = keras.Model(pixels, tensor)
    spec = [tf.TensorSpec([None, SIDE, SIDE, 1], tf.uint8, name="images")]
    archive = keras.export.ExportArchive()
    archive.track(model)

    def predict(images: Any) -> Any:
        return {"probabilities": tf.nn.softmax(model(images, training=False))}

    def features(images: Any) -> Any:
        return {"features": penultimate(images, training=False)}

    archive.add_endpoint("predict_images", tf.function(predict, input_signature=spec))
    archive.add_endpoint("features", tf.function(features, input_signature=spec))
    archive.write_out(str(folder), verbose=False)
    return _recorded(folder, recipe="mnist-cnn")


def write_bank_generator(
    folder: Path, pictures: np.ndarray, labels: np.ndarray | None = None
) -> Path:
    """Export a generator that samples from given uint8 pictures (n, 28, 28).

    Args:
        folder: Where to write.
        pictures: The pictures.
        labels: Their classes, for `sample_class`. Defaults to none, no such signature.
    """
    module = tf.Module()
    module.bank = tf.Variable(pictures[..., np.newaxis], trainable=False)

    def pick(scores: Any) -> Any:
        num = tf.cast(len(pictures), tf.float32)
        indices = tf.cast(tf.math.floormod(scores, 1.0) * num, tf.int32)
        return {"images": tf.gather(module.bank, indices)}

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="latent")])
    def serve(latent: Any) -> Any:
        return pick(latent[:, 0])

    whole = [tf.TensorSpec([], tf.int32, name=name) for name in ("count", "seed")]

    @tf.function(input_signature=whole)
    def sample(count: Any, seed: Any) -> Any:
        return pick(tf.random.stateless_uniform([count], [seed, 0]))

    label_spec = tf.TensorSpec([], tf.int32, name="label")

    @tf.function(input_signature=[*whole, label_spec])
    def sample_class(count: Any, seed: Any, label: Any) -> Any:
        own = tf.where(tf.equal(tf.cast(labels, tf.int32), label))[:, 0]
        scores = tf.random.stateless_uniform([count], [seed, 0])
        chosen = tf.cast(scores * tf.cast(tf.size(own), tf.float32), tf.int32)
        return {"images": tf.gather(module.bank, tf.gather(own, chosen))}

    signatures = {"serving_default": serve, "sample": sample}
    if labels is not None:
        signatures["sample_class"] = sample_class
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return _recorded(folder, recipe="mnist-gan")


def write_untrained_generator(folder: Path) -> Path:
    """Export the generator of a GAN with its initial weights."""
    keras.utils.set_random_seed(0)
    latent = Latent(16)
    generator = build_generator("dcgan", 8, latent, (SIDE, SIDE, 1))
    export_generator(generator, latent, folder)
    return _recorded(folder, recipe="mnist-gan")


def _recorded(folder: Path, recipe: str) -> Path:
    record = json.dumps({**PROVENANCE, "recipe": recipe})
    (folder / "provenance.json").write_text(record)
    return folder
