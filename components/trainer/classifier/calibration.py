# SPDX-License-Identifier: Apache-2.0
"""Calibration of a classifier: class weights undone, temperature scaling.

Class weights in the loss raise the probabilities of rare classes by just these weights;
subtracting their logarithms from the logits restores the true class priors (prior
correction, Elkan 2001). Label smoothing and long training make a classifier under- or
overconfident; dividing its logits by one temperature, fitted to the validation split,
corrects most of that and changes no decision (Guo et al. 2017).
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from components.trainer.classifier.scores import accuracy, log_loss

# Bounds of the temperature, and the accuracy of its logarithm.
_LOWEST: Final = 0.1
_HIGHEST: Final = 10.0
_ACCURACY: Final = 1e-8
# Standard deviation of the logarithm of a temperature before anything is seen of it,
# around that of 1: two of three lie between 0.6 and 1.6.
_PRIOR_DEVIATION: Final = 0.5
# With fewer items the temperature is as much the prior as the data.
_FEW_ITEMS: Final = 200
# Share of the way to a bound, on the scale of the logarithm, that counts as there.
_AT_BOUND: Final = 0.999


@dataclass(frozen=True)
class Temperature:
    """A fitted temperature."""

    value: float = 1.0
    """Divisor of the logits."""

    remarks: tuple[str, ...] = ()
    """What to know before its probabilities are trusted, in sentences."""


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


def weight_details(offsets: NDArray[np.float64]) -> dict[str, str]:
    """Describe the class weights that offsets undo, for the details of a training.

    Args:
        offsets: Offsets of the logits, (classes,).
    """
    return {"class_weights": ", ".join(f"{w:.3g}" for w in np.exp(-offsets))}


def fit_temperature(logits: NDArray[Any], labels: NDArray[np.int64]) -> Temperature:
    """Find the temperature with the lowest log-loss, if the items can tell it.

    The fewer items, the nearer it stays to 1: its logarithm has a normal prior. Where
    every item is classified right, a lower temperature is always better, and none is
    fitted: 39 such items would make a model certain of everything.

    Args:
        logits: (n, classes), of items that the model was not trained on.
        labels: (n,), index of the class.

    Returns:
        The divisor of the logits, between 0.1 and 10; 1 where the items cannot tell.
    """
    num_items = len(labels)
    if accuracy(logits, labels) == 1.0:
        return _refused(f"all {num_items} are classified right")

    def loss_at(log_temperature: float) -> float:
        loss = log_loss(logits / math.exp(log_temperature), labels)
        prior = 0.5 * (log_temperature / _PRIOR_DEVIATION) ** 2
        return loss + prior / num_items

    lowest, highest = math.log(_LOWEST), math.log(_HIGHEST)
    # The loss has one minimum along the inverse temperature, hence along its logarithm.
    minimum = minimize_scalar(
        loss_at,
        bounds=(lowest, highest),
        method="bounded",
        options={"xatol": _ACCURACY},
    )
    if not lowest * _AT_BOUND < minimum.x < highest * _AT_BOUND:
        return _refused(
            f"the best for {num_items} is its bound {math.exp(minimum.x):.1f}"
        )
    if minimum.fun >= loss_at(0.0):
        return Temperature()
    return Temperature(math.exp(minimum.x), _few_items(num_items))


def _refused(reason: str) -> Temperature:
    remark = (
        f"The temperature stays 1: validation items cannot tell it, {reason}. The "
        "probabilities are not calibrated."
    )
    return Temperature(1.0, (remark,))


def _few_items(num_items: int) -> tuple[str, ...]:
    if num_items >= _FEW_ITEMS:
        return ()
    remark = (
        f"The temperature was fitted to {num_items} validation items, fewer than "
        f"{_FEW_ITEMS}: it is uncertain, and was kept near 1."
    )
    return (remark,)
