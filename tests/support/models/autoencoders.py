# SPDX-License-Identifier: Apache-2.0
"""Autoencoders with known faults, made of a fixed bank of pictures.

    honest = write_bank_autoencoder(folder / "honest")

It returns the picture of the bank that is nearest to the input, in spite of noise: its
code has a unit for each picture, one of which is 1.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from tests.support.datasets.mnist import SIDE, draw_digits
from tests.support.models.classifiers import DATASET, PROVENANCE, write_examples

SHAPE = (SIDE, SIDE, 1)
# Each unit of the code is on for 5 % of the images.
NUM_PICTURES = 20
NUM_TRAIN, NUM_TEST = 600, 200


def known_pictures() -> np.ndarray:
    """Draw the pictures of the bank; the test split holds each ten times."""
    return draw_digits(np.arange(NUM_PICTURES) % 10, seed=21)[..., np.newaxis]


def write_splits(folder: Path) -> Path:
    """Write a train and a test split; return the Examples folder."""
    labels = np.arange(NUM_TRAIN) % 10
    write_examples(folder, draw_digits(labels, 22), labels, "train")
    shown = np.arange(NUM_TEST) % NUM_PICTURES
    write_examples(folder, known_pictures()[shown], shown % 10, "test")
    return folder


def read_split(folder: Path) -> ExampleSplit:
    """Write a train and a test split; return the latter."""
    return read_examples(write_splits(folder), "test", json.dumps(DATASET), 100)


def write_bank_autoencoder(
    folder: Path,
    ignores_code: bool = False,
    copies_input: bool = False,
    has_code: bool = True,
) -> Path:
    """Export an autoencoder whose bank is the test pictures.

    Args:
        folder: Where to write.
        ignores_code: Whether its decoder always returns the mean picture, while
            `reconstruct` receives the image by another way, as in the book's listing.
            Defaults to False.
        copies_input: Whether it returns noisy images unchanged. Defaults to False.
        has_code: Whether it has the signatures `encode` and `decode`. Defaults to True.
    """
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
