# SPDX-License-Identifier: Apache-2.0
"""Figures of autoencoders agree with what is known of models made by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import ProdlError
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics
from components.evaluator.own_metrics import reasons
from components.evaluator.reconstruction.classical_filters import fit_linear_filter
from components.evaluator.reconstruction.evaluate import evaluate_model
from components.evaluator.reconstruction.metric_names import FILTERS, METRIC_NAMES
from components.evaluator.reconstruction.references import (
    ReferenceSets,
    load_references,
    psnr,
    squared_error,
)
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.external_loads import find_external_loads
from tests.support.models.autoencoders import (
    known_pictures,
    read_split,
    write_bank_autoencoder,
)
from tests.support.models.classifiers import (
    DATASET,
    check_every_signature,
    write_examples,
)
from tests.support.models.generators import write_bank_generator
from tests.support.pages import render_metrics

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    return read_split(tmp_path_factory.mktemp("reconstruction"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bank_autoencoder(tmp_path_factory.mktemp("model") / "1")


@pytest.fixture(scope="module")
def metrics(model: Path, split: ExampleSplit) -> Metrics:
    return evaluate_model(SavedModel(model), split)


def test_baselines_are_what_they_are_called(
    metrics: Metrics, split: ExampleSplit
) -> None:
    values, reference = metrics.values, load_references(split)
    assert values["baseline_noisy_gaussian_db"] == pytest.approx(10.0, abs=0.05)
    mean = reference.train.astype(float).mean(axis=0) / 255
    expected = float(np.square(mean - reference.pixels).mean())
    assert values["baseline_mean_image_mse"] == pytest.approx(expected, rel=1e-4)
    assert values["baseline_mean_image_gaussian_db"] == pytest.approx(psnr(expected))
    # Twenty components for a code of twenty numbers, one for one unit that speaks.
    assert values["baseline_pca_units_on_mse"] > values["baseline_pca_code_size_mse"]
    best = max(values[f"baseline_{name}_gaussian_db"] for name in FILTERS)
    gain = values["test_psnr_gaussian_db"] - best
    assert values["test_gain_gaussian_db"] == pytest.approx(gain)


def test_activity_of_the_code_is_counted(metrics: Metrics) -> None:
    values = metrics.values
    assert values["test_mean_activation"] == pytest.approx(1 / 20)
    assert values["test_units_in_band_share"] == 1
    assert values["test_units_on_per_image"] == 1
    assert values["test_active_units"] == values["test_code_size"] == 20


def test_perfect_copy_has_no_error_and_is_spoilt_by_other_codes(
    metrics: Metrics,
) -> None:
    assert metrics.values["test_mse"] == 0
    assert metrics.values["test_shuffled_code_mse_ratio"] > 1000


def test_decoder_of_the_mean_is_not_spoilt_by_other_codes(
    split: ExampleSplit, tmp_path: Path
) -> None:
    deaf = write_bank_autoencoder(tmp_path / "1", ignores_code=True)
    values = evaluate_model(SavedModel(deaf), split).values
    assert values["test_shuffled_code_mse_ratio"] == pytest.approx(1)


def test_class_is_told_by_the_code(metrics: Metrics, tmp_path: Path) -> None:
    values = metrics.values
    # The code is the nearest of twenty known pictures; they make up the test split.
    assert values["test_linear_probe_accuracy"] > 0.75
    assert values["baseline_linear_probe_accuracy_pixels"] > 0.3
    assert values["baseline_linear_probe_accuracy_pca"] > 0.3
    assert "fitted to 600 training images" in metrics.protocol["linear_probe"]
    low, high = metrics.facts["linear_probe"]["intervals"]["test_linear_probe_accuracy"]
    page = render_metrics(metrics, tmp_path)
    assert f"{low:.4f} to {high:.4f}" in page


def test_images_of_one_class_have_no_probe(model: Path, tmp_path: Path) -> None:
    images = known_pictures()
    for name in ("train", "test"):
        write_examples(tmp_path / "one", images, ["7"] * len(images), name)
    split = read_examples(tmp_path / "one", "test", json.dumps(DATASET), 100)
    metrics = evaluate_model(SavedModel(model), split)
    assert "test_mse" in metrics.values
    assert not [name for name in metrics.values if "linear_probe" in name]
    reason = reasons(metrics)["test_linear_probe_accuracy"]
    assert "two classes or more" in reason
    assert f"Not measured: {reason}." in render_metrics(metrics, tmp_path)


def test_denoiser_without_a_code_is_judged_by_its_noise_alone(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = SavedModel(
        write_bank_autoencoder(tmp_path / "1", copies_input=True, has_code=False)
    )
    values = evaluate_model(model, split).values
    assert "test_mse" not in values
    assert "test_linear_probe_accuracy" not in values
    # What lies beyond black and white is cut off, and nothing else.
    reference = load_references(split)
    noisy = reference.noisy["gaussian"].clip(0, 1)
    assert values["test_psnr_gaussian_db"] == pytest.approx(
        psnr(squared_error(noisy, reference.pixels)), abs=1e-3
    )


def test_every_figure_has_a_unit_and_may_be_asked_for(metrics: Metrics) -> None:
    known = {name.replace("<class>", "7") for name in METRIC_NAMES}
    for name in metrics.values:
        assert metrics.unit(name)
        assert name in known or name[-1].isdigit()
    assert "test_psnr_salt_pepper_db_7" in metrics.values


def test_page_shows_codes_and_noise_and_loads_nothing(
    metrics: Metrics, tmp_path: Path
) -> None:
    page = render_metrics(metrics, tmp_path)
    for part in ("Sparsity of the code", "After salt and pepper", "local wiener"):
        assert part in page
    assert find_external_loads(page) == []


@pytest.mark.usefixtures("preloaded_scripts")
def test_pushed_copy_answers_on_every_signature(
    metrics: Metrics, model: Path, tmp_path: Path
) -> None:
    check_every_signature(metrics, model, tmp_path)


def test_model_that_is_no_autoencoder_is_named(
    split: ExampleSplit, tmp_path: Path
) -> None:
    generator = write_bank_generator(tmp_path / "1", draw_digits(np.arange(10), 1))
    with pytest.raises(ProdlError, match="judged by 'encode' and 'decode'"):
        evaluate_model(SavedModel(generator), split)


def test_linear_filter_finds_the_map_that_made_the_images() -> None:
    random = np.random.default_rng(0)
    given = random.normal(size=(4000, 3, 2, 1))
    matrix = random.normal(size=(6, 6))
    wanted = (given.reshape(-1, 6) @ matrix + 2.0).reshape(given.shape)
    halves = [slice(0, 1000), slice(1000, 4000)]
    found = fit_linear_filter((given[half], wanted[half]) for half in halves)
    np.testing.assert_allclose(found(given), wanted, atol=0.02)


def test_as_many_components_as_pixels_lose_nothing() -> None:
    images = draw_digits(np.arange(40) % 10, seed=3)[..., np.newaxis]
    reference = ReferenceSets(images, np.arange(40) % 10, images)
    restored = reference.reconstruct_by_pca(784)
    np.testing.assert_allclose(restored, reference.pixels, atol=1e-4)
