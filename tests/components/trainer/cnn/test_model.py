# SPDX-License-Identifier: Apache-2.0
"""Architectures and parameters of the convolutional classifiers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from components.trainer.cnn.model import build_model
from components.trainer.cnn.params import Params
from components.trainer.loop.params import Optimizer
from pipelines.config import load_config
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
        (
            "pad 2, conv 6 5x5, subsample, conv 16 5x5, subsample, dense 120, dense 84",
            "valid",
            61_750,
        ),
    ],
    ids=["softmax", "book", "lenet"],
)
def test_the_book_s_networks_have_the_book_s_sizes(
    layers: str, padding: Any, num_parameters: int
) -> None:
    words = tuple(layers.split(", ")) if layers else ()
    model = build_model(replace(PLAIN, layers=words, padding=padding), SHAPE, 10)

    assert model.count_params() == num_parameters
    assert model.output_shape == (None, 10)


@pytest.mark.parametrize(
    ("recipe", "num_parameters"),
    [("mnist-standard-book", 431_242), ("mnist-separable-book", 414_899)],
)
def test_the_book_s_pair_has_the_book_s_sizes(recipe: str, num_parameters: int) -> None:
    params = load_config(PROJECT_ROOT).recipe(recipe).params
    model = build_model(params, SHAPE, 10)

    assert model.count_params() == num_parameters


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


def test_dropout_hides_features_in_training_only() -> None:
    model = build_model(replace(PLAIN, dropout=0.5), SHAPE, 10)
    images = np.full((4, *SHAPE), 255, np.uint8)

    assert np.ptp(model(images, training=False).numpy(), axis=0).max() < 1e-4
    assert np.ptp(model(images, training=True).numpy(), axis=0).max() > 1e-4
