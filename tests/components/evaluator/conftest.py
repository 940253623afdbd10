# SPDX-License-Identifier: Apache-2.0
"""One set of examples, a few exported models, and one real evaluation for all tests."""

import json

import numpy as np
import pytest

from components.evaluator.classification.evaluate import evaluate_model
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import DATASET, write_examples, write_model
from tests.support.models.evaluated_classifiers import (
    NUM_TEST,
    EvaluatedClassifiers,
)

NUM_KNOWN = 800


@pytest.fixture(scope="session")
def classifiers(tmp_path_factory: pytest.TempPathFactory) -> EvaluatedClassifiers:
    folder = tmp_path_factory.mktemp("evaluator")
    random = np.random.default_rng(0)
    labels = random.permutation(np.arange(NUM_TEST) % 10)
    images = draw_digits(labels, seed=1)
    known_labels = np.arange(NUM_KNOWN) % 10
    known = draw_digits(known_labels, seed=2)
    shuffled = random.permutation(known_labels)
    return EvaluatedClassifiers(
        images=images,
        labels=labels,
        examples=write_examples(folder / "examples", images, labels),
        good=write_model(folder / "good" / "Format-Serving", known, known_labels),
        shuffled=write_model(folder / "shuffled" / "Format-Serving", known, shuffled),
    )


@pytest.fixture(scope="session")
def split(classifiers: EvaluatedClassifiers) -> ExampleSplit:
    """The test split; its batches are smaller than it is."""
    return read_examples(
        classifiers.examples, "test", json.dumps(DATASET), batch_size=25
    )


@pytest.fixture(scope="session")
def metrics(classifiers: EvaluatedClassifiers, split: ExampleSplit) -> Metrics:
    """The good classifier, judged for real."""
    return evaluate_model(SavedModel(classifiers.good), split)
