# SPDX-License-Identifier: Apache-2.0
"""Pretraining that does not help is refused by the gate of mnist-dbn, by name."""

from pathlib import Path

import pytest

from components.evaluator.metrics import Metrics
from components.evaluator.pretraining.evaluate import few_labels_values
from components.evaluator.pretraining.few_labels import measure_pairs
from components.serving.saved_model import SavedModel
from tests.support.gates import failed_checks
from tests.support.models.classifiers import CLASSES
from tests.support.models.few_labels import write_networks, write_split

FROM_SCRATCH = (0.9, 0.904, 0.896, 0.9, 0.904)
RECIPES = ("mnist-dbn", "mnist-dbn-book")
CHECK = "test_pretraining_gain_low_600_labels.min"


@pytest.mark.parametrize(
    ("pretrained", "is_refused"),
    [
        ((0.936, 0.94, 0.928, 0.936, 0.932), False),
        # As good in the mean, but by chance: the interval includes 0.
        ((0.9, 0.94, 0.88, 0.912, 0.892), True),
        # Equal: pretraining was skipped, and both are the same network.
        (FROM_SCRATCH, True),
        # Worse: a layer that was pretrained on something else.
        ((0.8, 0.804, 0.796, 0.8, 0.804), True),
    ],
)
def test_gain_must_stand_out_of_the_draws(
    tmp_path: Path, pretrained: tuple[float, ...], is_refused: bool
) -> None:
    split = write_split(tmp_path / "examples")
    model = SavedModel(write_networks(tmp_path / "1", pretrained, FROM_SCRATCH))
    values = few_labels_values(measure_pairs(model, split, CLASSES), "test")
    for recipe in RECIPES:
        assert (CHECK in failed_checks(recipe, Metrics(values, {}))) == is_refused


@pytest.mark.parametrize("recipe", RECIPES)
def test_model_that_is_its_own_control_is_refused(recipe: str) -> None:
    values = {"test_accuracy": 0.99, "test_gain_over_control_low": 0.0}
    failed = failed_checks(recipe, Metrics(values, {}))
    assert "test_gain_over_control_low.min" in failed


def test_control_that_is_missing_is_refused() -> None:
    failed = failed_checks("mnist-dbn", Metrics({"test_accuracy": 0.99}, {}))
    assert {CHECK, "test_gain_over_control_low.min"} <= failed
