# SPDX-License-Identifier: Apache-2.0
"""One set of examples, a few exported models, and one real evaluation for all tests."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.classification.evaluate import evaluate_model
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import DATASET, write_examples, write_model

NUM_TEST = 60
NUM_KNOWN = 800


@dataclass(frozen=True)
class Workshop:
    """What the tests of the evaluator work with; not to be changed.

    Attributes:
        images: uint8 pictures of the test split.
        labels: Their digits.
        examples: Folder of the Examples artifact.
        good: Folder of a classifier that knows the digits.
        shuffled: Folder of one that was given shuffled labels.
    """

    images: np.ndarray
    labels: np.ndarray
    examples: Path
    good: Path
    shuffled: Path


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("evaluator")
    random = np.random.default_rng(0)
    labels = random.permutation(np.arange(NUM_TEST) % 10)
    images = draw_digits(labels, seed=1)
    known_labels = np.arange(NUM_KNOWN) % 10
    known = draw_digits(known_labels, seed=2)
    shuffled = random.permutation(known_labels)
    return Workshop(
        images=images,
        labels=labels,
        examples=write_examples(folder / "examples", images, labels),
        good=write_model(folder / "good" / "Format-Serving", known, known_labels),
        shuffled=write_model(folder / "shuffled" / "Format-Serving", known, shuffled),
    )


@pytest.fixture(scope="session")
def split(workshop: Workshop) -> ExampleSplit:
    """The test split; its batches are smaller than it is."""
    return read_examples(workshop.examples, "test", json.dumps(DATASET), batch_size=25)


@pytest.fixture(scope="session")
def metrics(workshop: Workshop, split: ExampleSplit) -> Metrics:
    """The good classifier, judged for real."""
    return evaluate_model(SavedModel(workshop.good), split)
