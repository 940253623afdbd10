# SPDX-License-Identifier: Apache-2.0
"""Bad autoencoders are refused by the gates of params.yaml, each by its own metric."""

import json
from pathlib import Path

import pytest

from components.evaluator.evaluation import Evaluation, evaluate, read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.reconstruction import evaluate_model
from components.evaluator.served import ServedModel
from components.project import project_root
from pipelines.config import load_config
from tests.autoencoders import write_bank_autoencoder, write_splits
from tests.components.evaluator.models import DATASET

DENOISER, SPARSE = "mnist-denoising-ae", "mnist-sparse-ae"


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    examples = write_splits(tmp_path_factory.mktemp("autoencoders") / "examples")
    return read_examples(examples, "test", json.dumps(DATASET), 100)


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
    gate = dict(load_config(project_root()).recipe(recipe).gate)
    return evaluate(ServedModel(model), None, split, evaluate_model, json.dumps(gate))
