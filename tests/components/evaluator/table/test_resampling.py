# SPDX-License-Identifier: Apache-2.0
"""Figures of weighted examples against values worked out by hand, and intervals."""

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from components.evaluator.classification.metrics import measure_reliability
from components.evaluator.classification.predictions import Predictions
from components.evaluator.table.class_metrics import class_statistics, weighted_auc
from components.evaluator.table.number_metrics import number_statistics
from components.evaluator.table.resampling import estimate, mean_of, number_of_draws


def _predictions(labels: list[int], rows: list[list[float]]) -> Predictions:
    return Predictions(
        classes=tuple("abc"[: len(rows[0])]),
        labels=np.array(labels),
        probabilities=np.array(rows, np.float32),
        item_ids=[f"test/{number}" for number in range(len(labels))],
        first_examples=[],
    )


def test_weighted_area_is_that_of_repeated_examples_with_ties() -> None:
    random = np.random.default_rng(0)
    is_positive = random.random(100) < 0.4
    scores = (is_positive + random.integers(0, 4, 100)).astype(np.float32)
    weights = random.integers(0, 3, (2, 100))
    areas = weighted_auc(is_positive, scores, weights.astype(float))
    for area, times in zip(areas, weights, strict=True):
        wanted = roc_auc_score(is_positive.repeat(times), scores.repeat(times))
        assert area == pytest.approx(wanted, abs=1e-12)


def test_figures_of_classes_are_those_of_scikit_learn_and_of_the_diagram() -> None:
    random = np.random.default_rng(1)
    rows = random.dirichlet((1, 1, 1), 60)
    labels = random.integers(0, 3, 60)
    predictions = _predictions(labels.tolist(), rows.tolist())
    found = estimate(class_statistics(predictions), 60)
    area = roc_auc_score(labels, rows, multi_class="ovr")
    assert found["auc"].value == pytest.approx(area, abs=1e-6)
    reliability = measure_reliability(predictions)
    assert found["calibration_error"].value == pytest.approx(reliability.error)


def test_smallest_recall_is_that_of_the_class_found_least() -> None:
    rows = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.2, 0.8]]
    found = estimate(class_statistics(_predictions([0, 0, 1, 1], rows)), 4)
    assert found["smallest_recall"].value == 0.5


def test_figure_lies_in_its_interval_however_sure_the_model_is() -> None:
    # Of float32 a probability of one has no loss but that of the clip.
    sure = _predictions([0, 1, 0, 1], [[1, 0], [0, 1], [1, 0], [0, 1]])
    loss = estimate(class_statistics(sure), 4)["log_loss"]
    assert loss.low <= loss.value <= loss.high
    assert loss.value == pytest.approx(1e-7, rel=1e-3)


def test_area_of_a_single_class_is_left_out() -> None:
    found = estimate(class_statistics(_predictions([1, 1], [[0.5, 0.5]] * 2)), 2)
    assert "auc" not in found
    assert found["accuracy"].value == 0.0


def test_figures_of_numbers_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(2)
    targets = 1e6 + random.normal(size=50)
    values = targets + random.normal(0, 0.5, 50)
    found = estimate(number_statistics(targets, values), 50)
    assert found["r2"].value == pytest.approx(r2_score(targets, values))
    errors = values - targets
    assert found["rmse"].value == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert found["mae"].value == pytest.approx(np.abs(errors).mean())


def test_explained_share_of_equal_targets_is_left_out() -> None:
    found = estimate(number_statistics(np.ones(3), np.arange(3.0)), 3)
    assert set(found) == {"rmse", "mae"}


def test_interval_has_the_width_of_the_standard_error() -> None:
    values = np.random.default_rng(3).normal(size=400)
    mean = estimate({"mean": mean_of(values)}, 400)["mean"]
    wanted = 2 * 1.96 * values.std() / 20
    assert mean.high - mean.low == pytest.approx(wanted, rel=0.1)


def test_draws_become_fewer_where_examples_are_many() -> None:
    assert [number_of_draws(n) for n in (1, 5_000, 12_500, 10**7)] == [
        *(1000, 1000, 400, 200)
    ]
