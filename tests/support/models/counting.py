# SPDX-License-Identifier: Apache-2.0
"""An evaluate function of somebody else: all that the extension point asks for."""

import numpy as np

from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Count right answers."""
    classes = np.array(examples.dataset.classes)
    right = total = 0
    for batch in examples.batches():
        guesses = classes[model.predict(batch.serialized).argmax(axis=1)]
        right += int((guesses == np.array(batch.labels)).sum())
        total += len(batch.labels)
    return Metrics({"test_hits": right / total}, {"split": examples.split})
