# SPDX-License-Identifier: Apache-2.0
"""The whole evaluation of a machine: figures, page, every signature."""

import json
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import ProdlError
from components.core.project import project_root
from components.evaluator.energy.evaluate import evaluate_model
from components.evaluator.energy.machine import ExportedMachine, read_machine
from components.evaluator.energy.measure import Settings, measure_machine
from components.evaluator.energy.metric_names import METRIC_NAMES
from components.evaluator.metrics import Metrics
from components.sampling.boltzmann import Boltzmann
from components.sampling.partition import Annealing
from components.serving.saved_model import SavedModel
from pipelines.config import load_config
from tests.support.datasets.mnist import draw_digits
from tests.support.external_loads import find_external_loads
from tests.support.models.boltzmann import (
    base_bias,
    first_parts,
    train_machine,
    write_machine,
)
from tests.support.models.classifiers import check_every_signature
from tests.support.models.generators import read_digits
from tests.support.pages import render_metrics

SETTINGS = Settings(Annealing(100, 20), burn_in=50, steps=50, samples=100)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_machine(tmp_path_factory.mktemp("rbm") / "1", train_machine())


@pytest.fixture(scope="module")
def metrics(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    split = read_digits(tmp_path_factory.mktemp("digits"), num_test=200, epochs=2)
    return evaluate_model(SavedModel(model), split, SETTINGS)


@pytest.mark.slow
def test_every_metric_has_a_name_that_a_gate_may_use(metrics: Metrics) -> None:
    assert set(metrics.values) <= set(METRIC_NAMES)
    assert all(metrics.unit(name) for name in metrics.values)
    gate = load_config(project_root()).recipe("mnist-rbm").gate
    assert set(gate) <= set(metrics.values)
    rivals = [f"baseline_mixture_{n}_stochastic_nats" for n in (10, 100)]
    found = metrics.values["test_negative_log_likelihood_ais_stochastic_nats"]
    assert all(metrics.values[name] > found for name in rivals)
    gain = metrics.values["test_nats_below_mixture"]
    assert gain == pytest.approx(metrics.values[rivals[1]] - found)


@pytest.mark.slow
def test_every_signature_can_be_asked_again(
    metrics: Metrics, model: Path, tmp_path: Path
) -> None:
    check_every_signature(metrics, model, tmp_path)


@pytest.mark.slow
def test_page_shows_energies_chains_and_weights(
    metrics: Metrics, tmp_path: Path
) -> None:
    page = render_metrics(metrics, tmp_path)
    headings = ("Reconstructions", "Chains from the base rates", "Weights")
    said = ("mixture 100", "Free energy of images and noise", "1000 of the")
    for words in (*headings, *said):
        assert words in page
    assert "nats better than the largest mixture" in page
    assert find_external_loads(page) == []


def test_likelihood_of_few_hidden_units_is_exact() -> None:
    weights, visible_bias, hidden_bias = train_machine()
    few = Boltzmann(weights[:, :8], visible_bias, hidden_bias[:8])
    exported = ExportedMachine(few, base_bias(), "stochastic")
    images = draw_digits(np.arange(50) % 10, seed=3)[..., np.newaxis]
    found = measure_machine(exported, images, images, SETTINGS)
    assert found.is_exact
    assert found.values["test_ais_standard_error_nats"] == 0
    assert found.values["test_ais_gap_nats"] < 0.5


def test_machine_without_a_rule_of_binarisation_is_refused(tmp_path: Path) -> None:
    folder = write_machine(tmp_path / "1", first_parts(4))
    record = json.loads((folder / "provenance.json").read_text())
    record["params"] = {"binarisation": "grey"}
    (folder / "provenance.json").write_text(json.dumps(record))
    with pytest.raises(ProdlError, match="stochastic or threshold"):
        read_machine(SavedModel(folder))


def test_black_and_white_pixels_are_drawn_by_their_grey_level(tmp_path: Path) -> None:
    machine = read_machine(SavedModel(write_machine(tmp_path / "1", first_parts(4))))
    grey = np.full((400, 28, 28, 1), 64, np.uint8)
    assert machine.visible(grey, 1).mean() == pytest.approx(64 / 255, abs=0.01)
    np.testing.assert_array_equal(machine.visible(grey, 1), machine.visible(grey, 1))
