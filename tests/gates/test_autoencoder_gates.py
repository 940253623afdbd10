# SPDX-License-Identifier: Apache-2.0
"""Bad autoencoders are refused by the gates of params.yaml, each by its own metric."""

from pathlib import Path

import pytest

from components.evaluator.evaluation import Evaluation
from components.evaluator.examples import ExampleSplit
from components.evaluator.reconstruction.evaluate import evaluate_model
from tests.support.gates import judge
from tests.support.models.autoencoders import read_split, write_bank_autoencoder

pytestmark = pytest.mark.slow

DENOISER, SPARSE = "mnist-denoising-ae", "mnist-sparse-ae"


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    return read_split(tmp_path_factory.mktemp("autoencoders"))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bank_autoencoder(tmp_path_factory.mktemp("honest") / "1")


@pytest.mark.parametrize("recipe", [DENOISER, SPARSE])
def test_model_that_gives_back_every_picture_passes(
    recipe: str, honest: Path, split: ExampleSplit
) -> None:
    assert _judge(recipe, honest, split).failed == ()


def test_denoiser_that_returns_its_input_is_refused_for_its_gain(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = write_bank_autoencoder(tmp_path / "1", copies_input=True)
    failed = {check.name for check in _judge(DENOISER, model, split).failed}
    assert {"test_gain_gaussian_db.min", "test_gain_salt_pepper_db.min"} <= failed


def test_decoder_that_ignores_the_code_is_refused_although_it_reconstructs(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = write_bank_autoencoder(tmp_path / "1", ignores_code=True)
    failed = {check.name for check in _judge(SPARSE, model, split).failed}
    assert "test_shuffled_code_mse_ratio.min" in failed
    assert "test_units_in_band_share.min" not in failed


def _judge(recipe: str, model: Path, split: ExampleSplit) -> Evaluation:
    return judge(recipe, model, split, evaluate_model)
