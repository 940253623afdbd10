# SPDX-License-Identifier: Apache-2.0
"""Variational autoencoders: ELBO, export, report section and resumed training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from components.images.pixel_likelihood import grey_nats
from components.trainer.loop.params import Optimizer
from components.trainer.loop.precision import dtype_policy
from components.trainer.vae.model import build_model, negative_elbo_terms
from components.trainer.vae.params import Params
from components.trainer.vae.run import run_fn
from components.trainer.vae.train import train
from tests.support.datasets.examples import Ingested
from tests.support.training.interruptions import interrupt
from tests.support.training.runs import FACTS, Run, prepare_run
from tests.support.training.tiny import make_data

SHAPE = FACTS.image_shape
PARAMS = Params(
    optimizer=Optimizer(learning_rate=0.005, schedule="one_cycle"),
    epochs=4,
    batch_size=32,
    binarisation="stochastic",
    latent_size=3,
    units=(16,),
    warm_up_epochs=1.5,
    precision="float32",
)
BOOK = replace(
    PARAMS,
    binarisation="grey",
    likelihood="gaussian",
    reconstruction_weight=8.0,
    architecture="book",
    latent_size=8,
    filters=64,
)
# Of a code with this mean and variance, by numerical integration.
MEAN, VARIANCE, DIVERGENCE = 0.5, 0.25, 0.4431


@pytest.fixture(scope="module")
def run(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("vae")
    run = prepare_run(folder, ingested, PARAMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(run.fn_args)
    return run


def test_elbo_has_the_kl_divergence_of_two_normal_distributions() -> None:
    def encoder(pixels: Any, training: bool) -> Any:
        filled = tf.fill([tf.shape(pixels)[0], 1], MEAN)
        return filled, tf.fill(tf.shape(filled), float(np.log(VARIANCE)))

    def decoder(code: Any, training: bool) -> Any:
        return tf.zeros([tf.shape(code)[0], *SHAPE])

    pixels = tf.ones([5, *SHAPE])
    nats, divergence = negative_elbo_terms(encoder, decoder, pixels, [1, 2], False)
    # Every pixel is as probable as the other one.
    np.testing.assert_allclose(nats, np.full(5, 784 * np.log(2)), rtol=1e-5)
    np.testing.assert_allclose(divergence, np.full(5, DIVERGENCE), atol=1e-4)
    x = np.linspace(-5, 6, 20_001)
    q = np.exp(-((x - MEAN) ** 2) / (2 * VARIANCE)) / np.sqrt(2 * np.pi * VARIANCE)
    p = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    assert np.trapezoid(q * np.log(q / p), x) == pytest.approx(DIVERGENCE, abs=1e-4)


def test_weight_of_the_kl_divergence_rises_to_beta() -> None:
    model = build_model(replace(PARAMS, beta=2.0), SHAPE, 1, steps_per_epoch=4)
    weights = [float(model._kl_weight(step)) for step in (0, 3, 6, 100)]
    assert weights == pytest.approx([0.0, 1.0, 2.0, 2.0])
    at_once = build_model(replace(PARAMS, warm_up_epochs=0.0), SHAPE, 1, 4)
    assert float(at_once._kl_weight(0)) == 1.0


def test_book_encoder_has_the_size_of_the_book() -> None:
    model = build_model(BOOK, SHAPE, 1, 4)
    assert model.encoder.count_params() == 149_456
    # Its decoder of 16.9 million weights ends in a dense layer; this one is a mirror.
    assert model.decoder.count_params() == 141_441


@pytest.mark.parametrize(
    ("likelihood", "density"),
    [
        ("gaussian", lambda error, w: np.sqrt(w / np.pi) * np.exp(-w * error**2)),
        ("l1", lambda error, w: w / 2 * np.exp(-w * np.abs(error))),
    ],
)
def test_nats_of_grey_pixels_are_those_of_a_density(
    likelihood: Any, density: Any
) -> None:
    """So that errors and the divergence are on one scale."""
    weight, errors = 8.0, np.linspace(-4, 4, 80_001, dtype=np.float32)
    assert np.trapezoid(density(errors, weight), errors) == pytest.approx(1, rel=1e-4)
    nats = grey_nats(errors, tf.zeros_like(errors), likelihood, weight)
    # Logits of nothing are a mean of one half.
    np.testing.assert_allclose(np.exp(-nats), density(errors - 0.5, weight), atol=1e-5)


@pytest.mark.slow
def test_book_network_learns_grey_pixels(tmp_path: Path) -> None:
    small = replace(BOOK, filters=4, latent_size=3, epochs=3, batch_size=20)
    history = train(small, make_data(), tmp_path, 1).history
    first, *_, last = (row["val_reconstruction_nats"] for row in history)
    assert last < first


@pytest.mark.slow
def test_heavy_kl_divergence_collapses_the_posterior(tmp_path: Path) -> None:
    params = replace(PARAMS, warm_up_epochs=0.0, beta=100.0)
    history = train(params, make_data(), tmp_path, 1).history
    assert history[-1]["kl_divergence"] < 0.2 * history[0]["kl_divergence"]


@pytest.mark.slow
def test_interrupted_training_ends_with_the_same_numbers_and_pictures(
    tmp_path: Path,
) -> None:
    whole = train(PARAMS, make_data(), tmp_path / "whole", seed=1)
    interrupt(lambda: train(PARAMS, make_data(), tmp_path / "cut", seed=1), 2 * 4 + 2)
    resumed = train(PARAMS, make_data(), tmp_path / "cut", seed=1)
    for one, other in zip(resumed.history, whole.history, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-4)
    assert len(resumed.samples) == len(whole.samples) == 4


@pytest.mark.parametrize("architecture", ["dense", "conv", "book"])
def test_elbo_is_exact_where_layers_compute_in_less(architecture: Any) -> None:
    with dtype_policy("mixed_bfloat16"):
        model = build_model(replace(PARAMS, architecture=architecture), SHAPE, 1, 4)
    pixels = np.ones((2, *SHAPE), np.float32)
    parts = negative_elbo_terms(model.encoder, model.decoder, pixels, [1, 2], False)
    assert all(part.dtype == "float32" for part in parts)


@pytest.mark.parametrize("architecture", ["dense", "conv", "book"])
def test_networks_go_from_images_to_codes_and_back(architecture: Any) -> None:
    model = build_model(replace(PARAMS, architecture=architecture), SHAPE, 1, 4)
    mean, log_variance = model.encoder(np.zeros((2, *SHAPE), np.float32))
    assert mean.shape == log_variance.shape == (2, 3)
    assert model.decoder(mean).shape == (2, *SHAPE)


@pytest.mark.slow
def test_signatures_fit_together(run: Run, ingested: Ingested) -> None:
    model = run.model
    images = ingested.validation_images[..., np.newaxis]
    code = model.signatures["encode"](images=tf.constant(images))
    assert code["mean"].shape == code["log_variance"].shape == (len(images), 3)
    decoded = model.signatures["decode"](code=code["mean"])
    probabilities = 1 / (1 + np.exp(-decoded["logits"].numpy()))
    np.testing.assert_allclose(decoded["images"] / 255, probabilities, atol=0.51 / 255)

    (file,) = (ingested.examples / "Split-validation").glob("*")
    records = list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())
    served = model.signatures["serving_default"](examples=tf.constant(records))
    np.testing.assert_array_equal(served["images"], decoded["images"])


@pytest.mark.slow
def test_encoder_is_given_black_and_white(run: Run, ingested: Ingested) -> None:
    model = run.model
    images = ingested.validation_images[..., np.newaxis]
    binary = np.where(images >= 128, 255, 0).astype(np.uint8)
    means = [
        model.signatures["encode"](images=tf.constant(given))["mean"]
        for given in (images, binary)
    ]
    np.testing.assert_allclose(*means)


@pytest.mark.slow
def test_sample_repeats_itself_and_differs_by_seed(run: Run) -> None:
    model = run.model

    def draw(count: int, seed: int) -> np.ndarray:
        sample = model.signatures["sample"]
        answer = sample(count=tf.constant(count), seed=tf.constant(seed))
        return np.asarray(answer["images"])

    assert draw(5, 7).shape == (5, *SHAPE)
    np.testing.assert_array_equal(draw(5, 7), draw(5, 7))
    assert not np.array_equal(draw(5, 7), draw(5, 8))


@pytest.mark.slow
def test_section_shows_samples_of_each_epoch(run: Run) -> None:
    assert "Samples of the same latent vectors by epoch" in run.section
    assert "KL divergence, nats" in run.section


@pytest.mark.parametrize(
    ("field", "value"),
    [("beta", -1.0), ("latent_size", 0), ("dropout", 1.0), ("units", (0,))],
)
def test_impossible_parameter_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field}: expected"):
        replace(PARAMS, **{field: value})


def test_likelihood_that_does_not_fit_the_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="binarisation: expected grey for likelihood"):
        replace(BOOK, binarisation="threshold")
    with pytest.raises(ValueError, match="reconstruction_weight: expected 1"):
        replace(PARAMS, reconstruction_weight=2.0)
