# SPDX-License-Identifier: Apache-2.0
"""Architectures and training of the classifiers that read an image row by row."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.core.errors import UsageError
from components.core.records import read_record
from components.trainer.classifier.train import Trained
from components.trainer.images.params import Augmentation
from components.trainer.loop.params import Optimizer
from components.trainer.rnn.model import build_model
from components.trainer.rnn.params import Params
from components.trainer.rnn.train import train
from pipelines.config import load_config
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.training.tiny import make_data

BOOK = Params(
    units=64,
    unroll=False,
    epochs=1,
    batch_size=32,
    optimizer=Optimizer(learning_rate=0.01, clip_norm=1.0),
)
SMALL = replace(BOOK, units=8, dropout=0.2, precision="float32")
TRAINED = replace(SMALL, epochs=4, augmentation=Augmentation(shift=1.0))
SHAPE = (28, 28, 1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(TRAINED, make_data(), tmp_path_factory.mktemp("whole"), seed=3)


@pytest.mark.parametrize(
    ("changes", "num_parameters"),
    [
        ({}, 24_458),
        # Keras' GRU has one offset for the input and one for the state.
        ({"cell": "gru"}, 3 * (28 * 64 + 64 * 64 + 2 * 64) + 650),
        ({"cell": "irnn"}, 28 * 64 + 64 * 64 + 64 + 650),
        ({"bidirectional": True}, 2 * (24_458 - 650) + 1_290),
        ({"num_layers": 2}, 24_458 + 4 * (64 * 64 + 64 * 64 + 64)),
    ],
    ids=["book", "gru", "irnn", "bidirectional", "two layers"],
)
def test_parameters_give_the_size_of_the_network(
    changes: dict[str, Any], num_parameters: int
) -> None:
    model = build_model(replace(BOOK, **changes), SHAPE, 10)

    assert model.count_params() == num_parameters
    assert model.output_shape == (None, 10)


@pytest.mark.parametrize("cell", ["lstm", "gru", "irnn"])
def test_unrolled_network_computes_the_same(cell: Any) -> None:
    loop = build_model(replace(SMALL, cell=cell), SHAPE, 10)
    unrolled = build_model(replace(SMALL, cell=cell, unroll=True), SHAPE, 10)
    unrolled.set_weights(loop.get_weights())
    images = _noise(4, SHAPE)

    np.testing.assert_allclose(unrolled(images), loop(images), atol=1e-5)


def test_steps_are_the_rows_from_the_top_down() -> None:
    """With nothing forgotten the last row counts most: it was read last."""
    keras.utils.set_random_seed(1)
    model = build_model(SMALL, SHAPE, 10)
    images = _noise(1, SHAPE)
    top, bottom = images.copy(), images.copy()
    top[:, :3], bottom[:, -3:] = 0, 0

    before = model(images).numpy()

    assert np.abs(model(bottom) - before).max() > 10 * np.abs(model(top) - before).max()


def test_channels_of_a_pixel_stand_in_the_same_step() -> None:
    model = build_model(SMALL, (4, 6, 3), 2)

    assert model.get_layer("rows").output.shape == (None, 4, 18)


def test_bidirectional_network_reads_from_both_ends() -> None:
    model = build_model(replace(SMALL, bidirectional=True), SHAPE, 10)
    images = _noise(1, SHAPE)
    top = images.copy()
    top[:, 0] = 255 - top[:, 0]

    assert np.abs(model(top) - model(images)).max() > 1e-3


def test_state_of_an_irnn_starts_as_a_sum_over_the_rows() -> None:
    model = build_model(replace(SMALL, cell="irnn", unroll=True), SHAPE, 10)
    kernel, recurrent, bias = model.layers[3].get_weights()
    images = _noise(2, SHAPE)

    np.testing.assert_array_equal(recurrent, np.eye(8))
    assert np.abs(kernel).max() < 0.01
    assert not bias.any()
    # Where no unit is cut off by ReLU, nothing of an early row is lost.
    model.layers[3].set_weights([np.abs(kernel), recurrent, bias])
    state = keras.Model(model.input, model.layers[3].output)(images)
    summed = (images[..., 0] / 255).sum(axis=1) @ np.abs(kernel)
    np.testing.assert_allclose(state, summed, rtol=1e-4)


def test_dropout_hides_features_in_training_only() -> None:
    model = build_model(SMALL, SHAPE, 10)
    images = np.repeat(_noise(1, SHAPE), 4, axis=0)

    assert np.ptp(model(images, training=False).numpy(), axis=0).max() < 1e-5
    assert np.ptp(model(images, training=True).numpy(), axis=0).max() > 1e-5


@pytest.mark.slow
def test_training_goes_on_where_it_was_stopped(
    whole: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(replace(TRAINED, epochs=2), make_data(), tmp_path, seed=3)
    resumed = train(TRAINED, make_data(), tmp_path, seed=3)

    assert "resuming after epoch 2/4" in capsys.readouterr().out
    pairs = zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_another_seed_gives_another_model(whole: Trained, tmp_path: Path) -> None:
    other = train(replace(TRAINED, epochs=1), make_data(), tmp_path, seed=4)

    assert other.history[0]["loss"] != pytest.approx(whole.history[0]["loss"], rel=1e-3)


@pytest.mark.parametrize(
    ("field", "value"), [("units", 0), ("num_layers", 0), ("dropout", 1.0)]
)
def test_impossible_parameter_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived {value}"):
        replace(BOOK, **{field: value})


def test_unknown_cell_is_refused() -> None:
    received = {"units": 8, "cell": "elman", "epochs": 1, "batch_size": 8}

    with pytest.raises(UsageError, match=r"cell(.|\n)*lstm(.|\n)*elman"):
        read_record(
            Params, {**received, "optimizer": {"learning_rate": 0.1}}, "trainer"
        )


@pytest.mark.parametrize(
    ("recipe", "num_parameters"),
    [
        ("mnist-lstm-book", 24_458),
        ("mnist-gru", 3 * (28 * 128 + 128 * 128 + 2 * 128) + 1_290),
        ("mnist-bilstm", 2 * (24_458 - 650) + 1_290),
        ("mnist-irnn", 28 * 128 + 128 * 128 + 128 + 1_290),
    ],
)
def test_recipe_has_the_network_that_it_is_named_for(
    recipe: str, num_parameters: int
) -> None:
    params = replace(load_config(PROJECT_ROOT).recipe(recipe).params, unroll=False)

    assert build_model(params, SHAPE, 10).count_params() == num_parameters


def test_recurrent_recipes_differ_in_the_cell_alone() -> None:
    config = load_config(PROJECT_ROOT)
    lstm = config.recipe("mnist-lstm").params
    names = ("mnist-gru", "mnist-irnn", "mnist-bilstm")
    gru, irnn, both = (config.recipe(name).params for name in names)

    assert replace(gru, cell="lstm") == replace(irnn, cell="lstm") == lstm
    assert replace(both, bidirectional=False, units=128) == lstm


def test_parameters_are_read_without_tensorflow() -> None:
    code = (
        "import sys, components.trainer.rnn.params;"
        "heavy = {'tensorflow', 'keras', 'numpy', 'tfx', 'apache_beam'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )

    subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=True)


def _noise(num_images: int, shape: tuple[int, ...]) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (num_images, *shape))
    return pixels.astype(np.uint8)
