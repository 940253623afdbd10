# SPDX-License-Identifier: Apache-2.0
"""Networks of few labels whose accuracies are known, as an exported model.

The first pixel of an image tells its class, the second a number from 0 to 249; a
network of accuracy 0.8 knows the class where that number is below 200.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from tests.support.datasets.mnist import SIDE
from tests.support.models.classifiers import DATASET, PROVENANCE, write_examples

NUMBERS = 250


def write_split(folder: Path) -> ExampleSplit:
    """Write a test split with one image per number."""
    numbers = np.arange(NUMBERS)
    images = np.zeros((NUMBERS, SIDE, SIDE), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = numbers % 10, numbers
    write_examples(folder, images, numbers % 10)
    return read_examples(folder, "test", json.dumps(DATASET), 100)


def write_networks(
    folder: Path,
    pretrained: Sequence[float],
    from_scratch: Sequence[float],
    seeds: int = 0,
) -> Path:
    """Export networks of 600 labels with known accuracies.

    Args:
        folder: Where to write.
        pretrained: Accuracy of the pretrained network of each draw.
        from_scratch: Accuracy of the other one.
        seeds: Draws that the provenance names. Defaults to the true number.
    """
    pairs = np.stack([pretrained, from_scratch], axis=1).ravel()

    @tf.function(
        input_signature=[tf.TensorSpec([None, SIDE, SIDE, 1], tf.uint8, "images")]
    )
    def answer(images: Any) -> Any:
        label = tf.cast(images[:, 0, 0, 0], tf.int32)[:, tf.newaxis]
        number = tf.cast(images[:, 0, 1, 0], tf.float32)[:, tf.newaxis]
        knows = number < tf.constant(pairs * NUMBERS, tf.float32)
        return {
            "probabilities": tf.one_hot(tf.where(knows, label, (label + 1) % 10), 10)
        }

    module = tf.Module()
    module.answer = answer
    tf.saved_model.save(module, str(folder), {"predict_few_labels": answer})
    few_labels = {"labels": [600], "seeds": seeds or len(pretrained)}
    record = {**PROVENANCE, "recipe": "mnist-dbn", "params": {"few_labels": few_labels}}
    (folder / "provenance.json").write_text(json.dumps(record))
    return folder
