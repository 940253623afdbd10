# SPDX-License-Identifier: Apache-2.0
"""Calibration of a classifier: class weights undone, temperature scaling.

Class weights in the loss raise the probabilities of rare classes by just these weights;
subtracting their logarithms from the logits restores the true class priors (prior
correction, Elkan 2001). Label smoothing and long training make a classifier under- or
overconfident; dividing its logits by one temperature, fitted to the validation split,
corrects most of that and changes no decision (Guo et al. 2017).
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from components.trainer.classifier.validation import log_loss

# Bounds of the temperature, and the accuracy of its logarithm.
_LOWEST: Final = 0.1
_HIGHEST: Final = 10.0
_ACCURACY: Final = 1e-8


def weight_offsets(
    labels: NDArray[np.int64], weights: NDArray[np.floating[Any]], num_classes: int
) -> NDArray[np.float64]:
    """Compute the offsets of the logits that undo class weights.

    Args:
        labels: (n,), classes of the training items.
        weights: (n,), class weights of the items.
        num_classes: Number of logits.

    Returns:
        (classes,), to be added to the logits; 0 for a class without items.
    """
    totals = np.bincount(labels, weights, num_classes)
    counts = np.bincount(labels, minlength=num_classes)
    means = np.where(counts > 0, totals / np.maximum(counts, 1), 1.0)
    return -np.log(means)


def fit_temperature(logits: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Find the temperature with the lowest log-loss.

    Args:
        logits: (n, classes), of items that the model was not trained on.
        labels: (n,), index of the class.

    Returns:
        The divisor of the logits, from 0.1 to 10; 1 if no other is better, as where
        every item is classified with certainty.
    """

    def loss_at(log_temperature: float) -> float:
        return log_loss(logits / math.exp(log_temperature), labels)

    # The loss has one minimum along the inverse temperature, hence along its logarithm.
    minimum = minimize_scalar(
        loss_at,
        bounds=(math.log(_LOWEST), math.log(_HIGHEST)),
        method="bounded",
        options={"xatol": _ACCURACY},
    )
    return math.exp(minimum.x) if minimum.fun < loss_at(0.0) else 1.0
