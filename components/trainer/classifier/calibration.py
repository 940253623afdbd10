# SPDX-License-Identifier: Apache-2.0
"""Honest probabilities: class weights undone, one temperature fitted on validation.

A training that weighs rare classes more makes a model overstate them by just these
weights; taking their logarithms off the logits makes its probabilities those of the
data again. Label smoothing and long training leave a classifier under- or
overconfident. Dividing its logits by one number mends most of that and changes no
decision.
"""

import math
from typing import TYPE_CHECKING, Any

from components.trainer.classifier.validation import log_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rounds of golden-section search; each shrinks the interval by 0.618.
_ROUNDS = 40
_GOLDEN = (5**0.5 - 1) / 2


def weight_offsets(
    labels: "NDArray[Any]", weights: "NDArray[Any]", num_classes: int
) -> "NDArray[Any]":
    """What must be added to logits to undo class weights.

    Args:
        labels: Classes of the training items.
        weights: Their weights.
        num_classes: Number of logits.

    Returns:
        One number per class; 0 for a class that no item has.
    """
    import numpy as np

    totals = np.bincount(labels, weights, num_classes)
    counts = np.bincount(labels, minlength=num_classes)
    means = np.where(counts > 0, totals / np.maximum(counts, 1), 1.0)
    return -np.log(means)


def fit_temperature(logits: "NDArray[Any]", labels: "NDArray[Any]") -> float:
    """Find the temperature that gives the lowest log-loss.

    Args:
        logits: Of items the model was not trained on, (items, classes).
        labels: Their classes.

    Returns:
        A number between 0.1 and 10; logits are to be divided by it.
    """

    def loss_at(log_temperature: float) -> float:
        return log_loss(logits / math.exp(log_temperature), labels)

    # The loss has one minimum along the inverse temperature, hence along its logarithm.
    low, high = math.log(0.1), math.log(10.0)
    for _ in range(_ROUNDS):
        left = high - _GOLDEN * (high - low)
        right = low + _GOLDEN * (high - low)
        if loss_at(left) < loss_at(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)
