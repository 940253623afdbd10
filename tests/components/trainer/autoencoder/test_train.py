# SPDX-License-Identifier: Apache-2.0
"""Autoencoders: networks, sparsity penalty, export and resumed training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import UsageError
from components.images.noise import NOISES
from components.trainer.autoencoder.networks import (
    build_model,
    encoder_and_decoder,
    untie,
)
from components.trainer.autoencoder.params import Params, Sparsity
from components.trainer.autoencoder.run import run_fn
from components.trainer.autoencoder.sparsity import kl_sparsity
from components.trainer.autoencoder.train import train
from components.trainer.loop.params import Optimizer
from components.trainer.loop.precision import dtype_policy
from tests.support.datasets.examples import Ingested
from tests.support.own_code import own_package
from tests.support.training.interruptions import interrupt
from tests.support.training.runs import FACTS, Run, prepare_run
from tests.support.training.tiny import make_data

SHAPE = FACTS.image_shape
SPARSE = Params(
    optimizer=Optimizer(learning_rate=0.01, schedule="one_cycle"),
    epochs=3,
    batch_size=32,
    architecture="dense",
    units=16,
    sparsity=Sparsity(weight=0.5),
    l2=0.0001,
    precision="float32",
)
PLAIN = replace(SPARSE, sparsity=Sparsity(), l2=0.0)
DENOISER = replace(PLAIN, architecture="unet", filters=4, noise=NOISES, epochs=2)


def _exported(params: Params, ingested: Ingested, folder: Path) -> Run:
    run = prepare_run(folder, ingested, params)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(run.fn_args)
    return run


@pytest.fixture(scope="module")
def sparse(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _exported(SPARSE, ingested, tmp_path_factory.mktemp("sparse"))


@pytest.fixture(scope="module")
def denoiser(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _exported(DENOISER, ingested, tmp_path_factory.mktemp("denoiser"))


def test_book_networks_have_the_sizes_of_the_book() -> None:
    dense = build_model(replace(SPARSE, units=1024), SHAPE)
    assert dense.count_params() == 1_607_440
    # Without the offsets that batch normalization makes superfluous.
    bottleneck = build_model(replace(PLAIN, architecture="bottleneck"), SHAPE)
    networks = encoder_and_decoder(bottleneck)
    assert networks is not None
    assert networks[0].output_shape == (None, 32)


@pytest.mark.parametrize("architecture", ["dense", "bottleneck"])
def test_permuted_code_gives_another_image(architecture: Any) -> None:
    encoder, decoder = encoder_and_decoder(
        build_model(replace(PLAIN, architecture=architecture), SHAPE)
    )
    images = make_data().train.images[:4].astype("float32") / 255
    code = np.asarray(encoder(images))
    plain, permuted = (np.asarray(decoder(c)) for c in (code, code[:, ::-1]))
    assert np.abs(plain - permuted).max() > 1e-3


OWN = """
import keras
from keras import layers

def build_model(inputs, output, params):
    shape = inputs["pixels"].shape
    pixels = keras.Input(shape, name="pixels")
    code, image = keras.Input((4,)), keras.Input(shape)
    encoded = layers.Dense(4)(layers.Flatten()(image))
    decoded = layers.Reshape(shape)(layers.Dense(28 * 28)(code))
    encoder = keras.Model(image, encoded, name="encoder")
    decoder = keras.Model(code, decoded, name=params.get("name", "decoder"))
    return keras.Model(pixels, decoder(encoder(pixels)))
"""


def test_own_network_has_a_code_or_removes_noise(tmp_path: Path) -> None:
    own = Params(
        optimizer=SPARSE.optimizer,
        epochs=1,
        batch_size=8,
        network="mine.model.build_model",
    )
    unnamed = replace(own, network_params={"name": "other"})
    with own_package(tmp_path, model=OWN):
        networks = encoder_and_decoder(build_model(own, SHAPE))
        assert networks is not None
        assert networks[0].output_shape == (None, 4)
        with pytest.raises(UsageError, match="names 'encoder' and 'decoder'"):
            build_model(unnamed, SHAPE)
        denoiser = build_model(replace(unnamed, noise=NOISES), SHAPE)
        assert encoder_and_decoder(denoiser) is None


@pytest.mark.parametrize("architecture", ["dense", "bottleneck", "unet"])
def test_images_are_exact_where_layers_compute_in_less(architecture: Any) -> None:
    with dtype_policy("mixed_bfloat16"):
        model = build_model(replace(DENOISER, architecture=architecture), SHAPE)
    assert model(np.zeros((2, *SHAPE), np.float32)).dtype == "float32"


def test_divergence_is_nothing_at_the_target_and_finite_at_the_ends() -> None:
    at_target = np.full((8, 3), 0.05, np.float32)
    assert float(kl_sparsity(at_target, 0.05)) == pytest.approx(0, abs=1e-6)
    # Of one unit at 0.2: 0.05 log(0.05/0.2) + 0.95 log(0.95/0.8).
    louder = np.full((8, 1), 0.2, np.float32)
    assert float(kl_sparsity(louder, 0.05)) == pytest.approx(0.09394, abs=1e-4)
    for value in (0.0, 1.0):
        assert np.isfinite(kl_sparsity(np.full((8, 1), value, np.float32), 0.05))


def test_penalty_is_summed_over_the_units_of_a_batch() -> None:
    model = build_model(replace(SPARSE, l2=0.0), SHAPE)
    images = make_data().train.images[:8].astype("float32") / 255
    model(images, training=True)
    (penalty,) = model.losses
    code = encoder_and_decoder(model)[0](images)
    assert float(penalty) == pytest.approx(0.5 * float(kl_sparsity(code, 0.05)))


def test_tied_decoder_has_the_encoder_transposed(tmp_path: Path) -> None:
    """Weights stay tied in training; an export gets a copy that gives the same."""
    params = replace(SPARSE, tied=True)
    model = build_model(params, SHAPE)
    assert model.count_params() == 784 * 16 + 16 + 784
    images = make_data().train.images[:8].astype("float32") / 255
    model.compile("adam", "mse")
    model.train_on_batch(images, images)

    untied = untie(model, params)
    kernel, _, transposed, _ = untied.get_weights()
    np.testing.assert_array_equal(kernel.T, transposed)
    np.testing.assert_allclose(untied(images), model(images), atol=1e-5)
    assert untie(untied, SPARSE) is untied


@pytest.mark.slow
def test_batch_statistics_follow_the_training() -> None:
    keras.utils.set_random_seed(1)
    model = build_model(replace(DENOISER, architecture="bottleneck"), SHAPE)
    model.compile("sgd", "mse", run_eagerly=True)
    pixels = make_data().train.images.astype("float32") / 255
    for _ in range(5):
        model.train_on_batch(pixels, pixels)
    moving = [v.numpy() for v in model.variables if v.name.endswith("moving_variance")]
    assert len(moving) == 5
    assert all(np.abs(values - 1.0).max() > 0.05 for values in moving)


@pytest.mark.slow
def test_interrupted_training_ends_with_the_same_numbers(tmp_path: Path) -> None:
    params = replace(SPARSE, noise=NOISES, epochs=4)
    whole = train(params, make_data(), tmp_path / "whole", seed=1)
    interrupt(lambda: train(params, make_data(), tmp_path / "cut", seed=1), 2 * 4 + 2)
    resumed = train(params, make_data(), tmp_path / "cut", seed=1)
    for one, other in zip(resumed.history, whole.history, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-4)


@pytest.mark.slow
def test_code_signatures_fit_together(sparse: Run, ingested: Ingested) -> None:
    model = sparse.model
    images = tf.constant(ingested.validation_images[:5, ..., np.newaxis])
    code = model.signatures["encode"](images=images)["code"]
    assert code.shape == (5, SPARSE.units)
    decoded = model.signatures["decode"](code=code)["images"]
    given_back = model.signatures["reconstruct"](images=images)["images"]
    assert decoded.dtype == tf.uint8
    np.testing.assert_array_equal(decoded, given_back)
    assert "denoise" not in model.signatures
    _check_keras_file(sparse, images, given_back)


@pytest.mark.slow
def test_denoiser_takes_pictures_pixels_and_examples(
    denoiser: Run, ingested: Ingested
) -> None:
    model = denoiser.model
    images = tf.constant(ingested.validation_images[..., np.newaxis])
    restored = model.signatures["denoise"](images=images)["images"]
    floats = tf.cast(images, tf.float32) / 255
    pixels = model.signatures["denoise_pixels"](pixels=floats)["pixels"]
    np.testing.assert_allclose(restored / 255, pixels, atol=0.5 / 255 + 1e-4)
    beyond = model.signatures["denoise_pixels"](pixels=floats * 4 - 1)["pixels"]
    assert 0 <= float(tf.reduce_min(beyond)) <= float(tf.reduce_max(beyond)) <= 1

    (file,) = (ingested.examples / "Split-validation").glob("*")
    records = list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())
    served = model.signatures["serving_default"](examples=tf.constant(records))
    np.testing.assert_array_equal(served["images"], restored)
    assert "encode" not in model.signatures
    _check_keras_file(denoiser, images, restored)


def _check_keras_file(run: Run, images: tf.Tensor, expected: tf.Tensor) -> None:
    """Plain Keras gives the same pixels, but for the rounding to whole levels."""
    plain = keras.saving.load_model(run.model_folder / "model.keras")
    assert {type(layer).__module__.split(".")[0] for layer in plain.layers} == {"keras"}
    pixels = plain.predict(tf.cast(images, tf.float32) / 255, verbose=0)
    np.testing.assert_allclose(pixels * 255, expected, atol=0.5 + 1e-3)


@pytest.mark.slow
def test_section_shows_the_weights_of_a_one_layer_encoder(
    sparse: Run, denoiser: Run
) -> None:
    assert "Encoder weights" in sparse.section
    assert "Encoder weights" not in denoiser.section
    assert "PSNR after salt and pepper" in denoiser.section


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "unet", "l2": 0.0}, "noise: expected one or more"),
        ({"architecture": "bottleneck"}, "sparsity.weight: expected 0"),
        ({"architecture": "bottleneck", "sparsity": Sparsity()}, "l2: expected 0"),
        ({"noise": ("gaussian", "gaussian")}, "noise: expected each noise once"),
        ({"architecture": "bottleneck", "tied": True}, "sparsity.weight: expected 0"),
        ({"units": 0}, "units: expected 1 or more"),
    ],
)
def test_impossible_parameter_is_refused_by_name(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SPARSE, **change)
