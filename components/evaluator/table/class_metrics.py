# SPDX-License-Identifier: Apache-2.0
"""Metrics of a model that predicts classes, as statistics of a bootstrap."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.evaluator.classification.metrics import CALIBRATION_BINS, losses_of
from components.evaluator.classification.predictions import Predictions
from components.evaluator.table.resampling import Statistic, mean_of


def class_statistics(predictions: Predictions) -> Mapping[str, Statistic]:
    """Return accuracy, log-loss, AUC, calibration error and smallest recall.

    Args:
        predictions: Predictions of a classifier.
    """
    right = predictions.predicted == predictions.labels
    return {
        "accuracy": mean_of(right),
        "log_loss": mean_of(losses_of(predictions)),
        "auc": _macro_auc(predictions),
        "calibration_error": _calibration_error(predictions),
        "smallest_recall": _smallest_recall(predictions),
    }


def weighted_auc(
    is_positive: NDArray[np.bool_], scores: NDArray[Any], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Area under the ROC curve of weighted examples; ties count half.

    Args:
        is_positive: Whether each example is positive (n,).
        scores: Its score (n,).
        weights: How often each example counts (draws, n).

    Returns:
        float64 (draws,); NaN where positives or negatives are missing.
    """
    scores = np.asarray(scores)
    order = np.argsort(scores[~is_positive], kind="stable")
    others = scores[~is_positive][order]
    positives, negatives = weights[:, is_positive], weights[:, ~is_positive][:, order]
    # Weight of the negatives below each place, 0 for the first.
    below = np.zeros((len(weights), len(others) + 1))
    np.cumsum(negatives, axis=1, out=below[:, 1:])
    # Negatives of a lower score, and those of a lower or an equal one.
    lower, upper = (
        below[:, np.searchsorted(others, scores[is_positive], side)]
        for side in ("left", "right")
    )
    wins = (positives * (lower + upper)).sum(axis=1) / 2
    pairs = positives.sum(axis=1) * below[:, -1]
    areas: NDArray[np.float64] = np.divide(
        wins, pairs, out=np.full(len(weights), np.nan), where=pairs > 0
    )
    return areas


def _macro_auc(predictions: Predictions) -> Statistic:
    labels, rows = predictions.labels, predictions.probabilities
    present = np.unique(labels).tolist()
    # Of two classes, either against the other is the same.
    classes = present[-1:] if len(predictions.classes) == 2 else present

    def auc(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        areas = [weighted_auc(labels == c, rows[:, c], weights) for c in classes]
        mean: NDArray[np.float64] = np.mean(areas, axis=0)
        return mean

    return auc


def _calibration_error(predictions: Predictions) -> Statistic:
    confidence = predictions.confidence
    right = predictions.predicted == predictions.labels
    bins = CALIBRATION_BINS
    # A bin includes its upper edge, as in the reliability diagram.
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    used = np.unique(index)
    gaps = (right - confidence)[:, np.newaxis] * (index[:, np.newaxis] == used)

    def error(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.abs(weights @ gaps).sum(axis=1)
        shares: NDArray[np.float64] = sums / weights.sum(axis=1)
        return shares

    return error


def _smallest_recall(predictions: Predictions) -> Statistic:
    labels = predictions.labels
    members = (labels[:, np.newaxis] == np.unique(labels)).astype(np.float64)
    right = (predictions.predicted == labels)[:, np.newaxis] * members

    def smallest(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        counts = weights @ members
        # A class that a draw lacks says nothing.
        recalls = np.divide(
            weights @ right, counts, out=np.full_like(counts, np.inf), where=counts > 0
        )
        least: NDArray[np.float64] = recalls.min(axis=1)
        return least

    return smallest
