# SPDX-License-Identifier: Apache-2.0
"""A classifier whose encoder is worth nothing is refused, by its gain."""

import json
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.classification.evaluate import evaluate_model
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from tests.support.datasets.mnist import draw_digits
from tests.support.gates import judge
from tests.support.models.classifiers import DATASET, write_examples, write_model

pytestmark = pytest.mark.slow

RECIPE = "mnist-ae-classifier"
GAIN = "test_gain_over_control_low.min"
DIGITS = np.arange(200) % 10
GOOD = (draw_digits(DIGITS, 3), DIGITS)
# Two digits of ten are taken for one another.
POOR = (GOOD[0], np.where(DIGITS < 2, 1 - DIGITS, DIGITS))


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    folder = tmp_path_factory.mktemp("encoder")
    write_examples(folder, draw_digits(DIGITS, 4), DIGITS)
    return read_examples(folder, "test", json.dumps(DATASET), 100)


@pytest.mark.parametrize(
    ("model", "control", "refused"),
    [(GOOD, POOR, False), (GOOD, GOOD, True), (POOR, GOOD, True), (GOOD, None, True)],
    ids=["gains", "no better", "worse", "without a control"],
)
def test_model_must_be_better_than_its_control(
    split: ExampleSplit, tmp_path: Path, model: tuple, control: tuple, refused: bool
) -> None:
    path = write_model(tmp_path / "1", *model, control=control)
    judged = judge(RECIPE, path, split, evaluate_model)
    assert (GAIN in {check.name for check in judged.failed}) == refused
