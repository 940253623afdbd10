# SPDX-License-Identifier: Apache-2.0
"""Autoencoders whose faults are known, made of pictures that they know by heart.

    honest = write_bank_autoencoder(folder / "honest", pictures)

It finds the picture that comes nearest, in spite of any noise, and gives that back: its
code has a unit for each picture, and one of them speaks.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from tests.support.datasets.mnist import SIDE, draw_digits
from tests.support.models.classifiers import DATASET, PROVENANCE, write_examples

SHAPE = (SIDE, SIDE, 1)
# As many as there are units that each speak for 5 % of the images.
NUM_PICTURES = 20
NUM_TRAIN, NUM_TEST = 600, 200


def known_pictures() -> np.ndarray:
    """The pictures of the test split, each of which it shows ten times."""
    return draw_digits(np.arange(NUM_PICTURES) % 10, seed=21)[..., np.newaxis]


def write_splits(folder: Path) -> Path:
    """Write a train and a test split; returns the Examples folder."""
    labels = np.arange(NUM_TRAIN) % 10
    write_examples(folder, draw_digits(labels, 22), labels, "train")
    shown = np.arange(NUM_TEST) % NUM_PICTURES
    write_examples(folder, known_pictures()[shown], shown % 10, "test")
    return folder


def read_split(folder: Path) -> ExampleSplit:
    """Write a train and a test split; returns the latter."""
    return read_examples(write_splits(folder), "test", json.dumps(DATASET), 100)


def write_bank_autoencoder(
    folder: Path,
    ignores_code: bool = False,
    copies_input: bool = False,
    has_code: bool = True,
) -> Path:
    """Export an autoencoder that knows the test pictures.

    Args:
        folder: Where to write.
        ignores_code: Whether its decoder answers with the mean picture always, while
            `reconstruct` gets the image past the code, as the book's listing does.
        copies_input: Whether it returns noisy images as they are.
        has_code: Whether it can be asked for codes. Defaults to True.
    """
    import tensorflow as tf

    bank = known_pictures().astype(np.float32) / 255
    module = tf.Module()
    module.bank = tf.Variable(bank.reshape(NUM_PICTURES, -1), trainable=False)
    images = tf.TensorSpec([None, *SHAPE], tf.uint8, name="images")
    pixels = tf.TensorSpec([None, *SHAPE], tf.float32, name="pixels")
    code = tf.TensorSpec([None, NUM_PICTURES], tf.float32, name="code")

    def nearest(given: Any) -> Any:
        flat = tf.reshape(given, [-1, SIDE * SIDE])
        scores = 2 * flat @ tf.transpose(module.bank)
        scores -= tf.reduce_sum(tf.square(module.bank), axis=1)
        return tf.one_hot(tf.argmax(scores, axis=1), NUM_PICTURES)

    def shown(units: Any) -> Any:
        if ignores_code:
            units = tf.ones_like(units) / NUM_PICTURES
        return tf.reshape(units @ module.bank, [-1, *SHAPE])

    def as_images(found: Any) -> Any:
        return {"images": tf.cast(tf.round(found * 255), tf.uint8)}

    def reconstruct(images: Any) -> Any:
        given = tf.cast(images, tf.float32) / 255
        known = nearest(given) @ module.bank
        return as_images(tf.reshape(known, [-1, *SHAPE]))

    def encode(images: Any) -> Any:
        return {"code": nearest(tf.cast(images, tf.float32) / 255)}

    def decode(code: Any) -> Any:
        return as_images(shown(code))

    def denoise(pixels: Any) -> Any:
        restored = pixels if copies_input else shown(nearest(pixels))
        return {"pixels": tf.clip_by_value(restored, 0.0, 1.0)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> Any:
        spec = {"image": tf.io.FixedLenFeature([], tf.string)}
        raw = tf.io.parse_example(examples, spec)["image"]
        return reconstruct(tf.reshape(tf.io.decode_raw(raw, tf.uint8), [-1, *SHAPE]))

    def signature(function: Any, spec: Any) -> Any:
        return tf.function(function, input_signature=[spec])

    signatures = {
        "serving_default": serve,
        "denoise": signature(reconstruct, images),
        "denoise_pixels": signature(denoise, pixels),
    }
    if has_code:
        signatures |= {
            "reconstruct": signature(reconstruct, images),
            "encode": signature(encode, images),
            "decode": signature(decode, code),
        }
    tf.saved_model.save(module, str(folder), signatures=signatures)
    (folder / "provenance.json").write_text(json.dumps(PROVENANCE))
    return folder
