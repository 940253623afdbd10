# SPDX-License-Identifier: Apache-2.0
"""Metrics of a classifier that follow from its predictions, with their intervals.

Accuracy and log-loss themselves come from TensorFlow Model Analysis (`tfma.py`).
"""

import csv
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import DegenerateDataWarning, binomtest, bootstrap, rankdata
from sklearn.metrics import confusion_matrix, roc_curve

from components.evaluator.classification.log_loss import log_losses
from components.evaluator.classification.predictions import Predictions

CALIBRATION_BINS: Final = 15
CONFUSION_FILE: Final = "confusion.csv"
NUM_RESAMPLES: Final = 1000

_CONFIDENCE_LEVEL: Final = 0.95
# Fixed, so that the same predictions always have the same interval.
_SEED: Final = 0
# Resamples at once: 100 of 10,000 examples take 8 MB.
_BATCH: Final = 100


@dataclass(frozen=True)
class Reliability:
    """Accuracy per confidence bin (reliability diagram)."""

    confidences: list[float]
    """Mean confidence of each bin; 0 in an empty one."""

    accuracies: list[float]
    """Share of correct predictions of each bin; 0 in an empty one."""

    counts: list[int]
    """Examples in each bin."""

    @property
    def error(self) -> float:
        """Expected calibration error: mean gap between accuracy and confidence."""
        bins = zip(self.confidences, self.accuracies, self.counts, strict=True)
        gap = sum(count * abs(right - sure) for sure, right, count in bins)
        return gap / sum(self.counts)


def confusion_counts(predictions: Predictions) -> NDArray[np.int64]:
    """Confusion matrix (classes, classes): true class by row, predicted by column."""
    labels = range(len(predictions.classes))
    counts: NDArray[np.int64] = confusion_matrix(
        predictions.labels, predictions.predicted, labels=list(labels)
    )
    return counts


def recall_of(counts: NDArray[np.int64]) -> list[float | None]:
    """Recall of each class from a confusion matrix; None for one without examples."""
    return _shares(np.diag(counts), counts.sum(axis=1))


def precision_of(counts: NDArray[np.int64]) -> list[float | None]:
    """Precision of each class from a confusion matrix; None if never predicted."""
    return _shares(np.diag(counts), counts.sum(axis=0))


def measure_reliability(
    predictions: Predictions, bins: int = CALIBRATION_BINS
) -> Reliability:
    """Compare confidence with accuracy in confidence bins of equal width.

    Args:
        predictions: Predictions of a classifier.
        bins: Number of bins between 0 and 1. Defaults to 15.
    """
    confidence = predictions.confidence
    right = predictions.predicted == predictions.labels
    # A bin includes its upper edge: full confidence belongs to the last one.
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    divisors = np.maximum(counts, 1)
    confidences = np.bincount(index, confidence, bins) / divisors
    accuracies = np.bincount(index, right, bins) / divisors
    return Reliability(confidences.tolist(), accuracies.tolist(), counts.tolist())


def brier_score(predictions: Predictions) -> float:
    """Mean squared distance of probabilities and one-hot labels: 0 (best) to 2."""
    errors = predictions.probabilities.astype(np.float64)
    errors[np.arange(len(predictions)), predictions.labels] -= 1
    return float(np.mean(np.square(errors).sum(axis=1)))


def losses_of(predictions: Predictions) -> NDArray[np.float64]:
    """Cross-entropy of each example in nats (n,), clipped where TFMA clips."""
    return log_losses(predictions.probabilities, predictions.labels)


def roc_points(predictions: Predictions) -> dict[str, NDArray[np.float64]]:
    """ROC curve of the second of two classes, as arrays for a page.

    Args:
        predictions: Predictions of two classes, both of them present.

    Returns:
        `roc` (2, thresholds), false and true positive rate, both rising; and their
        `roc_thresholds`, of which the first is infinite.
    """
    false_positive, true_positive, thresholds = roc_curve(
        predictions.labels == 1,
        predictions.probabilities[:, 1],
        drop_intermediate=False,
    )
    return {
        "roc": np.stack([false_positive, true_positive]),
        "roc_thresholds": thresholds,
    }


def confusion_csv(predictions: Predictions) -> bytes:
    """One row per example, as the template `confusion` of `dvc plots` reads it."""
    names = predictions.classes
    pairs = zip(predictions.labels, predictions.predicted, strict=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["actual", "predicted"])
    writer.writerows((names[actual], names[predicted]) for actual, predicted in pairs)
    return text.getvalue().encode()


def roc_auc(
    is_positive: NDArray[np.bool_], scores: NDArray[Any], axis: int = -1
) -> NDArray[np.float64]:
    """Area under the ROC curve, as the Mann-Whitney statistic; ties count half.

    Vectorised, unlike scikit-learn's `roc_auc_score`, for the bootstrap.

    Args:
        is_positive: Whether each example is positive, bool (..., n).
        scores: Its score (..., n).
        axis: Axis of the examples. Defaults to the last one.

    Returns:
        float64 (...); NaN where positives or negatives are missing.
    """
    num_positive = is_positive.sum(axis=axis)
    num_negative = is_positive.shape[axis] - num_positive
    ranks = rankdata(scores, axis=axis)
    least = num_positive * (num_positive + 1) / 2
    wins = np.where(is_positive, ranks, 0.0).sum(axis=axis) - least
    with np.errstate(invalid="ignore"):
        area: NDArray[np.float64] = wins / (num_positive * num_negative)
    return area


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95 % Wilson interval of a share, which holds near 0 and 1 too.

    Args:
        share: Number of successes divided by `count`.
        count: Number of examples.
    """
    test = binomtest(round(share * count), count)
    interval = test.proportion_ci(_CONFIDENCE_LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap_interval(
    statistic: Callable[..., Any], *samples: NDArray[Any]
) -> tuple[float, float] | None:
    """95 % percentile bootstrap interval of a statistic, from 1,000 resamples.

    Args:
        statistic: Function of the samples and `axis`; NaN where it is undefined.
        *samples: Arrays (n,), resampled together.

    Returns:
        Lower and upper end over the resamples for which the statistic is defined; None
        if there are none.
    """
    with warnings.catch_warnings():
        # Equal values in all resamples are a valid result.
        warnings.simplefilter("ignore", DegenerateDataWarning)
        resampled = bootstrap(
            samples,
            statistic,
            n_resamples=NUM_RESAMPLES,
            batch=_BATCH,
            vectorized=True,
            paired=True,
            method="percentile",
            rng=np.random.default_rng(_SEED),
        ).bootstrap_distribution
    defined = resampled[np.isfinite(resampled)]
    if not len(defined):
        return None
    tail = 50 * (1 - _CONFIDENCE_LEVEL)
    low, high = np.percentile(defined, (tail, 100 - tail))
    return float(low), float(high)


def majority_accuracy(counts: NDArray[np.int64]) -> float:
    """Accuracy of a constant prediction of the most frequent class."""
    return float(counts.sum(axis=1).max() / counts.sum())


def worst_mistakes(predictions: Predictions, limit: int) -> list[int]:
    """Select the wrong predictions of highest confidence.

    Args:
        predictions: Predictions of a classifier.
        limit: Largest number of them.

    Returns:
        Positions in `predictions`, by falling confidence.
    """
    confidence, predicted = predictions.confidence, predictions.predicted
    wrong = np.flatnonzero(predicted != predictions.labels).tolist()
    # Equal ones by item, so that the order of files does not matter.
    wrong.sort(key=lambda i: (-confidence[i], predictions.item_ids[i]))
    return wrong[:limit]


def _shares(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> list[float | None]:
    pairs = zip(parts.tolist(), wholes.tolist(), strict=True)
    return [part / whole if whole else None for part, whole in pairs]
