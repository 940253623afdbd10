# SPDX-License-Identifier: Apache-2.0
"""A model whose codes say nothing is refused by the gate of the VAE, by name."""

from pathlib import Path

import pytest

from components.evaluator.evaluation import Evaluation
from components.evaluator.examples import ExampleSplit
from components.evaluator.images import read_split
from components.evaluator.likelihood.evaluate import evaluate_model
from tests.support.gates import judge
from tests.support.models.generators import read_digits
from tests.support.models.variational import write_bank_vae

pytestmark = pytest.mark.slow

THRESHOLD, BOOK = "mnist-vae-threshold", "mnist-vae-book"


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


def test_mean_picture_for_every_code_is_refused_by_its_error(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = write_bank_vae(tmp_path / "1", collapsed=True, likelihood="gaussian")
    failed = {check.name for check in _judge(model, split, BOOK).failed}
    assert {"test_mse_over_pca.max", "test_active_units.min"} <= failed


def test_codes_that_say_more_than_principal_components_pass_by_their_error(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = write_bank_vae(
        tmp_path / "1", likelihood="gaussian", pictures=read_split(split)
    )
    failed = {check.name for check in _judge(model, split, BOOK).failed}
    assert not failed & {"test_mse_over_pca.max", "test_active_units.min"}


def _judge(model: Path, split: ExampleSplit, recipe: str = THRESHOLD) -> Evaluation:
    return judge(recipe, model, split, evaluate_model)
