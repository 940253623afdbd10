# SPDX-License-Identifier: Apache-2.0
"""Figures against values worked out by hand."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from components.evaluator.classification import metrics as figures
from components.evaluator.classification.log_loss import class_share_log_loss
from components.evaluator.classification.predictions import Predictions


def _predictions(labels: list[int], rows: list[list[float]]) -> Predictions:
    return Predictions(
        classes=tuple("abc"[: len(rows[0])]),
        labels=np.array(labels),
        probabilities=np.array(rows, np.float32),
        item_ids=[f"test/{9 - number}" for number in range(len(labels))],
        first_examples=[],
    )


# Right, wrong, right, wrong; nothing is ever taken for c.
FOUR = _predictions(
    [0, 0, 1, 2],
    [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 1.0, 0.0], [0.5, 0.25, 0.25]],
)


def test_confusion_has_true_classes_as_rows() -> None:
    counts = figures.confusion_counts(FOUR)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert figures.recall_of(counts) == [0.5, 1.0, 0.0]


def test_precision_of_what_was_never_predicted_is_not_measured() -> None:
    counts = figures.confusion_counts(FOUR)
    assert figures.precision_of(counts) == [0.5, 0.5, None]


def test_brier_score() -> None:
    assert figures.brier_score(FOUR) == pytest.approx((0.125 + 1.125 + 0.0 + 0.875) / 4)


def test_calibration_error_is_the_mean_gap() -> None:
    # Bins of confidence 0.5, 0.75 (one right of two) and 1.0.
    gap = (1 * 0.5 + 2 * abs(0.5 - 0.75) + 1 * 0.0) / 4
    assert figures.measure_reliability(FOUR).error == pytest.approx(gap)


def test_bin_holds_its_upper_edge() -> None:
    reliability = figures.measure_reliability(FOUR, bins=4)
    assert reliability.counts == [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("share", "count", "low", "high"),
    [
        (0.9963, 10_000, 0.99491, 0.99731),
        (1.0, 60, 0.93983, 1.0),
        (0.0, 60, 0.0, 0.06017),
    ],
)
def test_wilson_interval(share: float, count: int, low: float, high: float) -> None:
    assert figures.wilson_interval(share, count) == pytest.approx((low, high), abs=2e-5)


def test_guessing_is_as_good_as_the_class_shares() -> None:
    # Training shares of the cervix data: 250, 781, 450 pictures of three types.
    labels = [0] * 250 + [1] * 781 + [2] * 450
    counts = figures.confusion_counts(_predictions(labels, [[1.0, 0, 0]] * 1481))
    assert figures.majority_accuracy(counts) == pytest.approx(781 / 1481)
    guessing = class_share_log_loss(np.array(labels))
    assert guessing == pytest.approx(0.9997, abs=5e-5)


def test_class_without_examples_does_not_spoil_the_shares() -> None:
    predictions = _predictions([0, 2], [[1.0, 0, 0]] * 2)
    guessing = class_share_log_loss(predictions.labels)
    assert guessing == pytest.approx(math.log(2))
    assert figures.recall_of(figures.confusion_counts(predictions))[1] is None


def test_worst_mistakes_come_surest_first_and_equals_by_item() -> None:
    rows = [[0.2, 0.8], [0.1, 0.9], [0.2, 0.8], [0.9, 0.1]]
    predictions = _predictions([0, 0, 0, 0], rows)
    assert figures.worst_mistakes(predictions, 9) == [1, 2, 0]
    assert figures.worst_mistakes(predictions, 1) == [1]


@pytest.mark.parametrize(
    "row", [[math.nan, 0.5], [math.inf, 0.0], [-0.5, 1.5], [0.5, 0.4], [0.6, 0.5]]
)
def test_row_that_is_no_distribution_is_counted(row: list[float]) -> None:
    assert _predictions([0, 1], [row, [0.5, 0.5]]).num_invalid == 1


def test_area_under_roc_is_scikit_learn_s_with_ties() -> None:
    random = np.random.default_rng(0)
    is_positive = random.random(200) < 0.4
    scores = (is_positive + random.integers(0, 4, 200)).astype(np.float32)
    area = figures.roc_auc(is_positive, scores)
    assert area == pytest.approx(roc_auc_score(is_positive, scores), abs=1e-12)
    assert math.isnan(figures.roc_auc(np.ones(3, bool), np.arange(3)))


def test_loss_of_a_sure_answer_is_clipped_at_either_end() -> None:
    losses = figures.losses_of(_predictions([0, 1], [[1.0, 0.0], [1.0, 0.0]]))
    assert losses == pytest.approx([1e-7, -math.log(1e-7)])


def test_bootstrap_interval_skips_resamples_without_a_value() -> None:
    # Many resamples of four hold one class only.
    is_positive, scores = np.array([True, False, True, False]), np.array([3, 1, 4, 2])
    assert figures.bootstrap_interval(figures.roc_auc, is_positive, scores) == (1, 1)
    ones = np.ones(4, bool)
    assert figures.bootstrap_interval(figures.roc_auc, ones, scores) is None
