# SPDX-License-Identifier: Apache-2.0
"""Recorded calls of a classifier's signatures, for the check of the pushed model."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import (
    EXPLAIN,
    FEATURES,
    IMAGES,
    PREDICT_ENCODED,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.evaluator.classification.photo_metadata import encoded_images
from components.evaluator.classification.predictions import Predictions
from components.evaluator.classification.saliency import explain
from components.evaluator.examples import ExampleSplit
from components.evaluator.probes import Probe, ask
from components.serving.saved_model import ServedModel

# A photograph may have megabytes and is recorded more than once.
NUM_PHOTOGRAPHS: Final = 2


def record_calls(
    model: ServedModel, predictions: Predictions, examples: ExampleSplit
) -> list[Probe]:
    """Record the outputs of each signature for the first examples of a split.

    Args:
        model: The exported model.
        predictions: Its predictions for the split.
        examples: The split.
    """
    if examples.dataset.has_photographs:
        return _photo_calls(model, predictions)
    serialized = predictions.first_examples
    outputs = {PROBABILITIES: predictions.probabilities[: len(serialized)]}
    # Either signature must give the same probabilities for the same images.
    pixels = examples.pixels(serialized)
    return [
        Probe(SERVING_DEFAULT, {"examples": serialized}, outputs),
        Probe(PREDICT_IMAGES, {IMAGES: pixels}, outputs),
        *_feature_calls(model, pixels),
    ]


def _photo_calls(model: ServedModel, predictions: Predictions) -> list[Probe]:
    serialized = predictions.first_examples[:NUM_PHOTOGRAPHS]
    outputs = {PROBABILITIES: predictions.probabilities[: len(serialized)]}
    encoded = encoded_images(serialized)
    pixels, heatmaps = explain(model, encoded)
    return [
        Probe(SERVING_DEFAULT, {"examples": serialized}, outputs),
        Probe(PREDICT_ENCODED, {"encoded": encoded}, outputs),
        Probe(PREDICT_IMAGES, {IMAGES: pixels}, outputs),
        Probe(EXPLAIN, {"encoded": encoded}, {"heatmap": heatmaps}),
        *_feature_calls(model, pixels),
    ]


def _feature_calls(model: ServedModel, pixels: NDArray[np.uint8]) -> list[Probe]:
    # Optional for a classifier; the evaluation of generators uses it.
    if not model.has_signature(FEATURES):
        return []
    inputs: dict[str, Any] = {IMAGES: pixels}
    return [ask(model, FEATURES, **inputs)]
