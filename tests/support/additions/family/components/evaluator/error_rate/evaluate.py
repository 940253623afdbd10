# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a classifier by its error rate."""

from typing import Final

import numpy as np
from components.evaluator.error_rate.metric_names import UNITS

from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import (
    SIGNATURE_EXAMPLES_FILE,
    UNIT,
    Metrics,
    on_split,
)
from components.evaluator.signature_examples import record_call, signature_examples_json
from components.serving.saved_model import SavedModel

RENDERER: Final = "components.evaluator.error_rate.page"


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Measure the share of wrong predictions.

    Args:
        model: The exported model.
        examples: The split.
    """
    batch = next(examples.batches())
    predicted = model.predict(batch.serialized).argmax(axis=1)
    labels = np.array([examples.dataset.classes.index(name) for name in batch.labels])
    wrong = predicted != labels
    values = {"test_error_rate": float(wrong.mean())}
    split = examples.split
    recorded = record_call(model, "serving_default", examples=batch.serialized[:2])
    return Metrics(
        values={on_split(name, split): value for name, value in values.items()},
        protocol={
            "split": split,
            "examples": str(len(labels)),
            **{UNIT + on_split(name, split): unit for name, unit in UNITS.items()},
        },
        renderer=RENDERER,
        facts={"num_wrong": int(wrong.sum())},
        files={SIGNATURE_EXAMPLES_FILE: signature_examples_json([recorded])},
    )
