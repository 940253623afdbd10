# SPDX-License-Identifier: Apache-2.0
"""A model whose codes say nothing is refused by the gate of the VAE, by name."""

from pathlib import Path

import pytest

from components.evaluator.evaluation import Evaluation
from components.evaluator.examples import ExampleSplit
from components.evaluator.likelihood.evaluate import evaluate_model
from tests.support.gates import judge
from tests.support.models.generators import read_digits
from tests.support.models.variational import write_bank_vae

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    """The test split of drawn digits, with the classifier that reads it."""
    return read_digits(tmp_path_factory.mktemp("likelihood"))


def test_posterior_collapse_is_refused_by_name(
    split: ExampleSplit, tmp_path: Path
) -> None:
    judged = _judge(write_bank_vae(tmp_path / "1", collapsed=True), split)
    failed = {check.name for check in judged.failed}
    assert "test_active_units.min" in failed
    assert judged.metrics.values["test_divergence_threshold_nats"] == 0


def test_codes_that_say_something_pass_the_same_check(
    split: ExampleSplit, tmp_path: Path
) -> None:
    failed = {
        check.name for check in _judge(write_bank_vae(tmp_path / "1"), split).failed
    }
    assert "test_active_units.min" not in failed
    assert "test_smallest_class_share.min" not in failed


def _judge(model: Path, split: ExampleSplit) -> Evaluation:
    return judge("mnist-vae-threshold", model, split, evaluate_model)
