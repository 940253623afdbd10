# SPDX-License-Identifier: Apache-2.0
"""Recorded calls of a classifier's signatures, for the check of the pushed model."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import (
    EXPLAIN,
    FEATURES,
    IMAGES,
    PREDICT_CONTROL,
    PREDICT_ENCODED,
    PREDICT_FEW_LABELS,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.evaluator.classification.photo_metadata import encoded_images
from components.evaluator.classification.predictions import Predictions
from components.evaluator.classification.saliency import explain
from components.evaluator.examples import ExampleSplit
from components.evaluator.signature_examples import SignatureExample, record_call
from components.serving.saved_model import SavedModel

# A photograph may have megabytes and is recorded more than once.
NUM_PHOTOGRAPHS: Final = 2


def record_calls(
    model: SavedModel, predictions: Predictions, examples: ExampleSplit
) -> list[SignatureExample]:
    """Record the outputs of each signature for the first examples of a split.

    Args:
        model: The exported model.
        predictions: Its predictions for the split.
        examples: The split.
    """
    if model.has_signature(PREDICT_ENCODED):
        return _photo_calls(model, predictions)
    serialized = predictions.first_examples
    outputs = {PROBABILITIES: predictions.probabilities[: len(serialized)]}
    # Either signature must give the same probabilities for the same images.
    pixels = examples.pixels(serialized)
    return [
        SignatureExample(SERVING_DEFAULT, {"examples": serialized}, outputs),
        SignatureExample(PREDICT_IMAGES, {IMAGES: pixels}, outputs),
        *_calls(model, pixels, PREDICT_CONTROL, PREDICT_FEW_LABELS, FEATURES),
    ]


def _photo_calls(model: SavedModel, predictions: Predictions) -> list[SignatureExample]:
    serialized = predictions.first_examples[:NUM_PHOTOGRAPHS]
    outputs = {PROBABILITIES: predictions.probabilities[: len(serialized)]}
    encoded = encoded_images(serialized)
    pixels, heatmaps = explain(model, encoded)
    return [
        SignatureExample(SERVING_DEFAULT, {"examples": serialized}, outputs),
        SignatureExample(PREDICT_ENCODED, {"encoded": encoded}, outputs),
        SignatureExample(PREDICT_IMAGES, {IMAGES: pixels}, outputs),
        SignatureExample(EXPLAIN, {"encoded": encoded}, {"heatmap": heatmaps}),
        *_calls(model, pixels, FEATURES),
    ]


def _calls(
    model: SavedModel, pixels: NDArray[np.uint8], *optional: str
) -> list[SignatureExample]:
    """Record a call of each of these signatures that the model has."""
    inputs: dict[str, Any] = {IMAGES: pixels}
    names = [name for name in optional if model.has_signature(name)]
    return [record_call(model, name, **inputs) for name in names]
