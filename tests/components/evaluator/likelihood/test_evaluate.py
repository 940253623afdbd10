# SPDX-License-Identifier: Apache-2.0
"""Bounds agree with likelihoods that are known, and every signature is asked."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.evaluator.likelihood.elbo import (
    Posterior,
    importance_weighted_nats,
    reconstruction_nats,
)
from components.evaluator.likelihood.evaluate import evaluate_model
from components.evaluator.likelihood.measure import binarisation_of
from components.evaluator.likelihood.metric_names import METRIC_NAMES
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel
from tests.support.external_loads import find_external_loads
from tests.support.models.classifiers import check_every_signature
from tests.support.models.generators import read_digits
from tests.support.models.variational import LATENT, write_bank_vae
from tests.support.pages import render_metrics

pytestmark = pytest.mark.slow

# One pixel whose logit is the one number of its code, times this.
SLOPE = 2.0


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    folder = tmp_path_factory.mktemp("likelihood")
    return read_digits(folder, num_test=60, epochs=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bank_vae(tmp_path_factory.mktemp("vae") / "1")


@pytest.fixture(scope="module")
def metrics(model: Path, split: ExampleSplit) -> Metrics:
    return evaluate_model(SavedModel(model), split)


@pytest.fixture(scope="module")
def pixel(tmp_path_factory: pytest.TempPathFactory) -> SavedModel:
    """A decoder of one pixel, so that the likelihood can be integrated."""
    spec = tf.TensorSpec([None, 1], tf.float32, name="code")

    @tf.function(input_signature=[spec])
    def decode(code: Any) -> Any:
        return {"logits": tf.reshape(SLOPE * code, [-1, 1, 1, 1])}

    module, folder = tf.Module(), tmp_path_factory.mktemp("pixel")
    tf.saved_model.save(module, str(folder), signatures={"decode": decode})
    return SavedModel(folder)


def _white(mean: float, variance: float) -> tuple[np.ndarray, Posterior]:
    log_variance = np.full((1, 1), np.log(variance), np.float32)
    posterior = Posterior(np.full((1, 1), mean, np.float32), log_variance)
    return np.ones((1, 1, 1, 1), np.float32), posterior


def _integrated(mean: float, variance: float) -> np.ndarray:
    """Nats of a white pixel on average over codes from a normal distribution."""
    x = np.linspace(-12, 12, 20_001)
    density = np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(
        2 * np.pi * variance
    )
    return np.trapezoid(density * np.log1p(np.exp(-SLOPE * x)), x)


def test_reconstruction_is_the_mean_over_codes(pixel: SavedModel) -> None:
    pixels, posterior = _white(0.5, 0.3)
    found = reconstruction_nats(pixel, pixels, posterior, 10_000, seed=1)
    assert found == pytest.approx(_integrated(0.5, 0.3), rel=0.03)


def test_importance_weighted_bound_reaches_the_likelihood(pixel: SavedModel) -> None:
    pixels, posterior = _white(0.4, 0.8)
    # By symmetry, white and black are as probable under the prior.
    many = importance_weighted_nats(pixel, pixels, posterior, 10_000, seed=1)
    assert many == pytest.approx(np.log(2), abs=0.02)


def test_one_code_gives_the_plain_bound(pixel: SavedModel) -> None:
    pixels, posterior = _white(0.4, 0.8)
    batch = np.repeat(pixels, 8000, axis=0)
    parts = (posterior.mean, posterior.log_variance)
    repeated = Posterior(*(np.repeat(part, 8000, axis=0) for part in parts))
    single = importance_weighted_nats(pixel, batch, repeated, 1, seed=2).mean()
    bound = _integrated(0.4, 0.8) + posterior.kl_divergence.sum()
    assert single == pytest.approx(bound, abs=0.03)
    assert bound > np.log(2)


def test_bound_is_the_sum_of_its_parts_and_no_better_than_the_weighted_one(
    metrics: Metrics,
) -> None:
    values = metrics.values
    parts = ("reconstruction", "divergence")
    total = sum(values[f"test_{part}_threshold_nats"] for part in parts)
    bound = values["test_negative_elbo_threshold_nats"]
    assert bound == pytest.approx(total)
    assert values["test_importance_weighted_threshold_nats"] < bound
    assert values["test_active_units"] == values["test_latent_size"] == LATENT


def test_every_figure_has_a_unit_that_names_the_rule(metrics: Metrics) -> None:
    for name in metrics.values:
        assert name in METRIC_NAMES
        assert metrics.unit(name)
        if name.endswith("_nats"):
            assert metrics.unit(name).endswith("pixels: threshold")
    assert metrics.protocol["binarisation"].startswith("threshold, seed")
    assert "1000 codes each" in metrics.protocol["importance_weighted"]
    assert "test_frechet_share" in metrics.values


def test_collapsed_code_tells_no_class(split: ExampleSplit, tmp_path: Path) -> None:
    collapsed = SavedModel(write_bank_vae(tmp_path / "1", collapsed=True))
    metrics = evaluate_model(collapsed, split)
    assert metrics.values["test_linear_probe_accuracy"] == pytest.approx(0.1)
    assert metrics.values["baseline_linear_probe_accuracy_pixels"] > 0.5
    assert metrics.values["baseline_linear_probe_accuracy_pca"] > 0.3
    assert "principal components, as many" in render_metrics(metrics, tmp_path)


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory, split: ExampleSplit) -> Metrics:
    """A model of grey pixels, which returns the nearest picture of its bank."""
    folder = tmp_path_factory.mktemp("grey") / "1"
    path = write_bank_vae(folder, likelihood="gaussian")
    return evaluate_model(SavedModel(path), split)


def test_nats_and_squared_error_of_grey_pixels_stand_apart(grey: Metrics) -> None:
    values = grey.values
    # 784 pixels, weight 8: the bound of a perfect reconstruction, and the error's part.
    best = 784 * 0.5 * np.log(np.pi / 8)
    nats = values["test_reconstruction_gaussian_nats"]
    assert nats == pytest.approx(best + 8 * 784 * values["test_mse"], rel=0.02)
    ratio = values["test_mse"] / values["baseline_pca_latent_size_mse"]
    assert values["test_mse_over_pca"] == pytest.approx(ratio)
    assert not [name for name in values if "threshold" in name or "grey" in name]
    assert grey.unit("test_mse").startswith("squared difference")
    assert grey.protocol["likelihood"].startswith("gaussian density")


def test_page_says_which_density_the_nats_are_of(grey: Metrics, tmp_path: Path) -> None:
    page = render_metrics(grey, tmp_path)
    assert "the density &#39;gaussian&#39; and a weight of 8" in page
    assert "Squared error" in page
    assert "binarised input" not in page


def test_model_that_names_no_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text('{"params": {}}')
    with pytest.raises(ProdlError, match="threshold, grey.*\n?Received None"):
        binarisation_of(SavedModel(tmp_path))


def test_page_shows_bound_traversals_map_and_samples(
    metrics: Metrics, tmp_path: Path
) -> None:
    page = render_metrics(metrics, tmp_path)
    parts = (
        "Likelihood bounds",
        "Reconstructions",
        "binarised input",
        "one latent unit varied at a time",
    )
    for part in (*parts, "Map of the latent space", "Between real images and noise"):
        assert part in page
    assert "&lt;" not in page, "a fragment was taken for text"
    assert find_external_loads(page) == []


@pytest.mark.usefixtures("preloaded_scripts")
def test_pushed_copy_answers_on_every_signature(
    metrics: Metrics, model: Path, tmp_path: Path
) -> None:
    check_every_signature(metrics, model, tmp_path)
