# SPDX-License-Identifier: Apache-2.0
"""Classifiers on a published encoder, beside the same network from scratch."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from components.core.errors import ProdlError, UsageError
from components.core.hashing import hash_directory
from components.model_store.published import PublishedModel
from components.trainer.autoencoder.networks import build_model as build_autoencoder
from components.trainer.autoencoder.params import Params as AutoencoderParams
from components.trainer.encoder.model import build_model, read_encoder
from components.trainer.encoder.params import Params
from components.trainer.encoder.run import open_encoder, run_fn
from components.trainer.encoder.train import train
from components.trainer.job import read_job
from components.trainer.keras_file import write_keras_file
from components.trainer.loop.params import EarlyStopping, Optimizer
from tests.support.datasets.examples import Ingested
from tests.support.training.runs import FACTS, prepare_run
from tests.support.training.tiny import make_data

SHAPE = FACTS.image_shape
PARAMS = Params(
    optimizer=Optimizer(learning_rate=0.01),
    learning_rates=(0.001,),
    labels=20,
    epochs=2,
    batch_size=10,
    precision="float32",
)
AUTOENCODER = AutoencoderParams(
    optimizer=PARAMS.optimizer, epochs=1, batch_size=10, units=16
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an autoencoder for Keras."""
    folder = tmp_path_factory.mktemp("published")
    keras.utils.set_random_seed(7)
    write_keras_file(build_autoencoder(AUTOENCODER, SHAPE), folder)
    return folder


@pytest.fixture(scope="module")
def encoder(published: Path) -> keras.Model:
    return read_encoder(published)


def _kernel(model: keras.Model) -> np.ndarray:
    return np.asarray(model.get_layer("encoder").get_weights()[0])


def test_frozen_encoder_stays_and_a_fine_tuned_one_moves(
    encoder: keras.Model, tmp_path: Path
) -> None:
    before = encoder.get_weights()[0]
    for mode, stays in (("frozen", True), ("fine_tuned", False)):
        params = replace(PARAMS, mode=mode, learning_rates=())
        trained = train(params, make_data(), tmp_path / mode, 1, encoder)
        assert np.array_equal(_kernel(trained.model), before) == stays
        assert trained.control is not None
        assert not np.array_equal(_kernel(trained.control.model), before)
    np.testing.assert_array_equal(encoder.get_weights()[0], before)


def test_control_is_the_same_network_with_weights_of_its_own(
    encoder: keras.Model,
) -> None:
    keras.utils.set_random_seed(1)
    model = build_model(PARAMS, encoder, 10)
    control = build_model(replace(PARAMS, mode="frozen"), encoder, 10, True)

    assert control.count_params() == model.count_params() == 785 * 16 + 17 * 10
    np.testing.assert_array_equal(_kernel(model), encoder.get_weights()[0])
    assert np.abs(_kernel(control) - _kernel(model)).max() > 0.01
    assert len(control.trainable_weights) == 4


def test_model_and_control_are_tuned_alike(
    encoder: keras.Model, tmp_path: Path
) -> None:
    tried = train(PARAMS, make_data(), tmp_path / "both", 1, encoder)
    alone = [
        train(
            replace(PARAMS, learning_rates=(), optimizer=Optimizer(learning_rate=rate)),
            make_data(),
            tmp_path / f"{rate}",
            1,
            encoder,
        )
        for rate in (0.001, 0.01)
    ]
    for kept, others in (
        (tried, alone),
        (tried.control, [one.control for one in alone]),
    ):
        losses = [one.outcome.validation["log_loss"] for one in others]
        assert kept.outcome.validation["log_loss"] == pytest.approx(min(losses))
    assert tried.outcome.details["control_log_loss"] == pytest.approx(
        tried.control.outcome.validation["log_loss"]
    )


def test_model_without_a_code_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file. Name such a recipe"):
        read_encoder(tmp_path)
    inputs = keras.Input(SHAPE)
    write_keras_file(keras.Model(inputs, keras.layers.ReLU()(inputs)), tmp_path)
    with pytest.raises(UsageError, match="needs: mnist-sparse-ae"):
        read_encoder(tmp_path)


@pytest.mark.slow
def test_run_exports_the_model_with_its_control(
    published: Path, ingested: Ingested, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))
    # The drawn training split lacks a class.
    run = prepare_run(tmp_path, ingested, replace(PARAMS, labels=0, epochs=1))
    with pytest.raises(UsageError, match="needs: mnist-sparse-ae"):
        run_fn(run.fn_args)
    needs = {"uri": str(published), "sha256": hash_directory(published)}
    run.fn_args.custom_config["needs"] = needs

    run_fn(run.fn_args)

    images = ingested.validation_images[:3, ..., np.newaxis]
    answers = [
        run.model.signatures[name](images=images)["probabilities"].numpy()
        for name in ("predict_images", "predict_control")
    ]
    for rows in answers:
        np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    assert np.abs(answers[0] - answers[1]).max() > 1e-3
    assert run.provenance["needs"] == needs
    assert "Control log-loss" in run.section

    job = replace(
        read_job(run.fn_args.custom_config),
        needs=PublishedModel(str(published), "0" * 64),
    )
    with pytest.raises(ProdlError, match="not those that were published"):
        open_encoder(job)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("network", "mine.model.build_model"),
        ("learning_rates", (0.0,)),
        ("dropout", 1.0),
        ("labels", -1),
        ("early_stopping", EarlyStopping(patience=2)),
        ("optimizer", Optimizer(learning_rate=0.1, schedule="reduce_on_plateau")),
    ],
)
def test_impossible_parameter_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"{field}(\.\w+)?: expected"):
        replace(PARAMS, **{field: value})
