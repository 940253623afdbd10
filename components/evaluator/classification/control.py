# SPDX-License-Identifier: Apache-2.0
"""The control of a classifier: the same network trained from scratch, and the gain.

A model that starts from pretrained weights carries its control along, in the signature
`predict_control`. Both answer for the same images, so the interval of the gain is that
of paired answers; it does not hold the spread between seeds of the training.
"""

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import IMAGES, PREDICT_CONTROL, PROBABILITIES
from components.evaluator.classification.log_loss import log_losses
from components.evaluator.classification.metrics import bootstrap_interval
from components.evaluator.classification.predictions import Predictions
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel


def measure_control(
    model: SavedModel, predictions: Predictions, examples: ExampleSplit, prefix: str
) -> dict[str, float]:
    """Measure the control on the images of the predictions, and the gain over it.

    Args:
        model: The exported model.
        predictions: Its own predictions for the split.
        examples: The split; read once more.
        prefix: Beginning of the names of the metrics of the split.

    Returns:
        Metric -> value; empty if the model has no control.
    """
    if not model.has_signature(PREDICT_CONTROL):
        return {}
    rows = np.concatenate(
        [_answers(model, examples, batch.serialized) for batch in examples.batches()]
    )
    labels = predictions.labels
    of_control = (rows.argmax(axis=1) == labels).astype(np.float64)
    gains = (predictions.predicted == labels) - of_control
    gain = float(gains.mean())
    low, high = bootstrap_interval(np.mean, gains) or (gain, gain)
    return {
        f"{prefix}gain_over_control": gain,
        f"{prefix}gain_over_control_low": low,
        f"{prefix}gain_over_control_high": high,
        "baseline_accuracy_control": float(of_control.mean()),
        "baseline_log_loss_control": float(log_losses(rows, labels).mean()),
    }


def _answers(
    model: SavedModel, examples: ExampleSplit, serialized: list[bytes]
) -> NDArray[np.float32]:
    pixels = {IMAGES: examples.pixels(serialized)}
    answers: NDArray[np.float32] = model.predict_batches(
        PREDICT_CONTROL, PROBABILITIES, **pixels
    )
    return answers
