# SPDX-License-Identifier: Apache-2.0
"""Figures of a classifier that follow from its predictions with NumPy alone."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.evaluator.classification.predictions import Predictions

CALIBRATION_BINS = 15
# So that no single example makes a log-loss infinite.
SMALLEST_PROBABILITY = 1e-7
# Two-sided 95 % quantile of the normal distribution.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Reliability:
    """How often a classifier is right when it is how sure; one entry per bin.

    Attributes:
        confidences: Mean confidence; 0 in an empty bin.
        accuracies: Share of right answers; 0 in an empty bin.
        counts: Examples.
    """

    confidences: list[float]
    accuracies: list[float]
    counts: list[int]

    @property
    def error(self) -> float:
        """Expected calibration error: mean gap of accuracy and confidence."""
        bins = zip(self.confidences, self.accuracies, self.counts, strict=True)
        gap = sum(count * abs(right - said) for said, right, count in bins)
        return gap / sum(self.counts)


def confusion_counts(predictions: Predictions) -> NDArray[np.int64]:
    """Counts by true class (rows) and predicted class (columns)."""
    size = len(predictions.classes)
    counts = np.zeros((size, size), np.int64)
    np.add.at(counts, (predictions.labels, predictions.predicted), 1)
    return counts


def recall_of(counts: NDArray[np.int64]) -> list[float | None]:
    """Recall of each class; None for a class that no example has."""
    return _shares(np.diag(counts), counts.sum(axis=1))


def precision_of(counts: NDArray[np.int64]) -> list[float | None]:
    """Precision of each class; None for a class that was never predicted."""
    return _shares(np.diag(counts), counts.sum(axis=0))


def measure_reliability(
    predictions: Predictions, bins: int = CALIBRATION_BINS
) -> Reliability:
    """Sort the predictions into bins of equal width by their confidence.

    Args:
        predictions: Of a classifier.
        bins: Number of bins between 0 and 1. Defaults to 15.
    """
    confidence = predictions.confidence
    right = predictions.predicted == predictions.labels
    # A bin holds its upper edge: full confidence belongs to the last one.
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    some = np.maximum(counts, 1)
    said = np.bincount(index, confidence, bins) / some
    hits = np.bincount(index, right, bins) / some
    return Reliability(said.tolist(), hits.tolist(), counts.tolist())


def brier_score(predictions: Predictions) -> float:
    """Mean squared distance of the probabilities from the truth: 0 (best) to 2."""
    wrong = predictions.probabilities.astype(np.float64)
    wrong[np.arange(len(predictions)), predictions.labels] -= 1
    return float(np.mean(np.square(wrong).sum(axis=1)))


def losses_of(predictions: Predictions) -> NDArray[np.float64]:
    """Cross-entropy of each example in nats, clipped where TFMA clips."""
    rows = predictions.probabilities.astype(np.float64)
    of_truth = rows[np.arange(len(predictions)), predictions.labels]
    losses: NDArray[np.float64] = -np.log(np.clip(of_truth, SMALLEST_PROBABILITY, 1))
    return losses


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share, by Wilson; sound near 0 and 1, unlike the usual one.

    Args:
        share: As measured.
        count: On how many examples.
    """
    spread = _Z**2 / count
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def majority_accuracy(counts: NDArray[np.int64]) -> float:
    """Accuracy of always answering with the most frequent class."""
    return float(counts.sum(axis=1).max() / counts.sum())


def class_share_log_loss(labels: NDArray[np.int64]) -> float:
    """Log-loss in nats of always answering with the class shares of these labels."""
    shares = np.bincount(labels) / len(labels)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def worst_mistakes(predictions: Predictions, limit: int) -> list[int]:
    """The wrong answers that were given with most confidence, surest first.

    Args:
        predictions: Of a classifier.
        limit: How many at most.

    Returns:
        Positions in `predictions`.
    """
    confidence, predicted = predictions.confidence, predictions.predicted
    wrong = np.flatnonzero(predicted != predictions.labels).tolist()
    # The item decides between equals, so that the order of files does not.
    wrong.sort(key=lambda i: (-confidence[i], predictions.item_ids[i]))
    return wrong[:limit]


def _shares(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> list[float | None]:
    pairs = zip(parts.tolist(), wholes.tolist(), strict=True)
    return [part / whole if whole else None for part, whole in pairs]
