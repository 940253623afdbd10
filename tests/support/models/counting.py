# SPDX-License-Identifier: Apache-2.0
"""A minimal evaluate function: the accuracy of a classifier, and nothing else."""

import numpy as np

from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel

# Import path of the function, as Evaluate takes it.
COUNTING = f"{__name__}.evaluate_model"


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Measure the share of correct predictions."""
    classes = np.array(examples.dataset.classes)
    right = total = 0
    for batch in examples.batches():
        guesses = classes[model.predict(batch.serialized).argmax(axis=1)]
        right += int((guesses == np.array(batch.labels)).sum())
        total += len(batch.labels)
    return Metrics({"test_hits": right / total}, {"split": examples.split})
