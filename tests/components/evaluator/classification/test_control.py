# SPDX-License-Identifier: Apache-2.0
"""A classifier is compared with its control, on the same images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.classification.control import measure_control
from components.evaluator.classification.predictions import collect_predictions
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import write_model
from tests.support.models.evaluated_classifiers import EvaluatedClassifiers
from tests.support.pages import render_metrics

PREFIX = "test_"
GAIN = "test_gain_over_control"


def test_gain_is_the_difference_of_accuracies_with_its_interval(
    split: ExampleSplit, tmp_path: Path
) -> None:
    digits = np.arange(200) % 10
    images = draw_digits(digits, 3)
    # Of the control, half of the digits are called otherwise.
    wrong = np.where(digits < 5, (digits + 1) % 5, digits)
    values = _measure(split, tmp_path, (images, digits), (images, wrong))

    accuracy = values["baseline_accuracy_control"] + values[GAIN]
    assert 0 < values[f"{GAIN}_low"] < values[GAIN] < values[f"{GAIN}_high"]
    assert values["accuracy"] == pytest.approx(accuracy)
    assert values["baseline_log_loss_control"] > 0


def test_equal_models_have_no_gain(split: ExampleSplit, tmp_path: Path) -> None:
    known = (draw_digits(np.arange(20) % 10, 3), np.arange(20) % 10)
    values = _measure(split, tmp_path, known, known)

    assert [values[f"{GAIN}{end}"] for end in ("_low", "", "_high")] == [0, 0, 0]


def test_model_without_a_control_has_none_of_these_metrics(
    split: ExampleSplit, classifiers: EvaluatedClassifiers
) -> None:
    model = SavedModel(classifiers.good)
    predictions = collect_predictions(model, split)

    assert measure_control(model, predictions, split, PREFIX) == {}


@pytest.mark.parametrize(
    ("low", "verdict"),
    [(0.01, "The pretrained weights help"), (-0.01, "a gain is not proven")],
)
def test_page_says_whether_the_interval_is_above_nothing(
    metrics: Metrics, tmp_path: Path, low: float, verdict: str
) -> None:
    of_control = {
        "baseline_accuracy_control": 0.7,
        "baseline_log_loss_control": 1.2,
        **{GAIN: 0.05, f"{GAIN}_low": low, f"{GAIN}_high": 0.1},
    }
    values = {**metrics.facts["values"], **of_control}
    compared = replace(metrics, facts={**metrics.facts, "values": values})
    page = render_metrics(compared, tmp_path)
    assert "Against the same network from scratch" in page
    assert verdict in page


def _measure(
    split: ExampleSplit, folder: Path, known: tuple, control: tuple
) -> dict[str, float]:
    model = SavedModel(write_model(folder / "1", *known, control=control))
    predictions = collect_predictions(model, split)
    right = predictions.predicted == predictions.labels
    values = measure_control(model, predictions, split, PREFIX)
    return {**values, "accuracy": float(right.mean())}
