# SPDX-License-Identifier: Apache-2.0
"""Architectures and parameters of the convolutional classifiers."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from components.core.errors import UsageError
from components.core.records import read_record
from components.trainer.cnn.layer_spec import LayerSpec, parse_layer
from components.trainer.cnn.model import build_model
from components.trainer.cnn.params import Params
from components.trainer.loop.params import Optimizer
from pipelines.fingerprint import PROJECT_ROOT

PLAIN = Params(
    layers=(), epochs=1, batch_size=8, optimizer=Optimizer(learning_rate=0.1)
)
SHAPE = (28, 28, 1)


@pytest.mark.parametrize(
    ("layers", "padding", "num_parameters"),
    [
        ("", "same", 7_850),
        ("conv 64, pool, conv 128, pool, dense 1024", "same", 6_508_298),
        ("conv 32, pool, conv 64, pool, dense 256", "valid", 431_242),
        ("separable 32, pool, separable 64, pool, dense 256", "valid", 414_899),
        (
            "pad 2, conv 6 5x5, subsample, conv 16 5x5, subsample, dense 120, dense 84",
            "valid",
            61_750,
        ),
    ],
    ids=["softmax", "book", "standard", "separable", "lenet"],
)
def test_the_book_s_networks_have_the_book_s_sizes(
    layers: str, padding: Any, num_parameters: int
) -> None:
    words = tuple(layers.split(", ")) if layers else ()
    model = build_model(replace(PLAIN, layers=words, padding=padding), SHAPE, 10)

    assert model.count_params() == num_parameters
    assert model.output_shape == (None, 10)


def test_the_book_s_cervix_network_has_its_size() -> None:
    layers = ("conv 64", "pool", "conv 128", "pool", "conv 256", "pool")
    dense = ("dense 512", "dropout 0.5", "dense 512", "dropout 0.5")
    model = build_model(replace(PLAIN, layers=(*layers, *dense)), (64, 64, 3), 3)

    assert model.count_params() == 9_024_131


def test_residual_block_adds_its_input_and_projects_it_where_sizes_differ() -> None:
    layers = ("conv 8", "residual 8", "residual 16 stride 2", "average")
    model = build_model(replace(PLAIN, layers=layers), SHAPE, 10)

    first = 9 * 8 + 8 + 2 * (72 * 8 + 8)
    second = 72 * 16 + 16 + 144 * 16 + 16 + 8 * 16 + 16
    assert model.count_params() == first + second + 16 * 10 + 10


def test_strides_average_and_normalization_shape_the_network() -> None:
    layers = ("conv 8 5x5 stride 2", "separable 16 stride 2", "average")
    model = build_model(replace(PLAIN, layers=layers, batch_norm=True), SHAPE, 10)

    # No offsets beside batch normalization, which has four numbers per channel.
    first, second, output = 25 * 8 + 4 * 8, 9 * 8 + 8 * 16 + 4 * 16, 16 * 10 + 10
    assert model.count_params() == first + second + output


def test_pixels_are_scaled_inside_the_model() -> None:
    model = build_model(PLAIN, SHAPE, 2)
    weights = np.ones((784, 2), np.float32)
    model.set_weights([weights, np.zeros(2, np.float32)])

    white = np.full((1, *SHAPE), 255, np.uint8)

    assert model(white).numpy() == pytest.approx(784.0)


def test_fused_normalization_equals_that_of_keras() -> None:
    import keras

    from components.trainer.images.batch_normalization import (
        MOMENTUM,
        FusedBatchNormalization,
    )

    fused = FusedBatchNormalization()
    plain = keras.layers.BatchNormalization(momentum=MOMENTUM)
    images = np.random.default_rng(0).normal(2.0, 3.0, (64, 7, 7, 5)).astype("float32")
    for training in (True, True, False):
        np.testing.assert_allclose(
            fused(images, training=training),
            plain(images, training=training),
            atol=1e-3,
        )
    for left, right in zip(fused.get_weights(), plain.get_weights(), strict=True):
        # The kernel's variance is that of a sample, Keras' that of a population.
        np.testing.assert_allclose(left, right, rtol=1e-3)


def test_dropout_hides_features_in_training_only() -> None:
    model = build_model(replace(PLAIN, dropout=0.5), SHAPE, 10)
    images = np.full((4, *SHAPE), 255, np.uint8)

    assert np.ptp(model(images, training=False).numpy(), axis=0).max() < 1e-4
    assert np.ptp(model(images, training=True).numpy(), axis=0).max() > 1e-4


@pytest.mark.parametrize(
    ("words", "spec"),
    [
        ("conv 32", LayerSpec("conv", 32)),
        ("conv 32 5x5 stride 2", LayerSpec("conv", 32, 5, 2)),
        ("separable 64 stride 2", LayerSpec("separable", 64, 3, 2)),
        ("residual 64 stride 2", LayerSpec("residual", 64, stride=2)),
        ("pool", LayerSpec("pool")),
        ("subsample", LayerSpec("subsample")),
        ("normalize", LayerSpec("normalize")),
        ("pad 2", LayerSpec("pad", 2)),
        ("dropout 0.5", LayerSpec("dropout", rate=0.5)),
        ("average", LayerSpec("average")),
        ("dense 256", LayerSpec("dense", 256)),
    ],
)
def test_layers_are_read_from_words(words: str, spec: LayerSpec) -> None:
    assert parse_layer(words) == spec


@pytest.mark.parametrize(
    "words", ["conv", "conv 0", "conv 8 3x5", "dense", "pool 2", "dropout 1", ""]
)
def test_layer_that_is_not_understood_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"layers: expected words like(.|\n)*Received"):
        replace(PLAIN, layers=(words,))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("dropout", 1.0),
        ("label_smoothing", -0.1),
    ],
)
def test_impossible_parameter_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived {value}"):
        replace(PLAIN, **{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate", 0.0),
        ("warmup", 1.0),
        ("momentum", 1.0),
        ("ema", 1.0),
        ("clip_norm", -1.0),
    ],
)
def test_impossible_optimizer_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived {value}"):
        replace(PLAIN.optimizer, **{field: value})


def test_unknown_parameter_names_the_nearest() -> None:
    received = {"layers": [], "epochs": 1, "batch_sise": 8, "optimizer": {}}

    with pytest.raises(UsageError, match="Did you mean 'batch_size'"):
        read_record(Params, received, "trainer")


def test_parameters_are_read_without_tensorflow() -> None:
    code = (
        "import sys, components.trainer.cnn.params;"
        "heavy = {'tensorflow', 'keras', 'numpy', 'tfx', 'apache_beam'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )

    subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=True)
