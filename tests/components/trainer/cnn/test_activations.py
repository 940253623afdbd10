# SPDX-License-Identifier: Apache-2.0
"""Activations by name: their slopes, and the files that hold them."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.cnn.activations import activate, dense
from components.trainer.keras_file import write_keras_file

# sigmoid of 2, and its derivative there.
_SIGMOID, _SIGMOID_SLOPE = 0.880797, 0.104994


@pytest.mark.parametrize(
    ("name", "slopes"),
    [
        ("relu", (0.0, 0.0, 1.0)),
        ("tanh", (0.070651, 1.0, 0.070651)),
        ("sigmoid", (_SIGMOID_SLOPE, 0.25, _SIGMOID_SLOPE)),
        ("leaky", (0.01, 0.01, 1.0)),
        ("prelu", (0.25, 0.0, 1.0)),
        ("softplus", (1 - _SIGMOID, 0.5, _SIGMOID)),
        (
            "swish",
            (
                1 - _SIGMOID - 2 * _SIGMOID_SLOPE,
                0.5,
                _SIGMOID + 2 * _SIGMOID_SLOPE,
            ),
        ),
        ("linear", (1.0, 1.0, 1.0)),
        ("absolute", (-1.0, 0.0, 1.0)),
    ],
)
def test_activation_has_its_slopes_below_at_and_above_0(
    name: Any, slopes: tuple[float, ...]
) -> None:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, activate(inputs, name))
    places = tf.constant([[-2.0, 0.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(places)
        total = tf.reduce_sum(model(places))

    assert tape.gradient(total, places).numpy()[0] == pytest.approx(slopes, abs=1e-5)


def test_places_of_a_map_share_the_slope_that_is_learnt() -> None:
    maps, features = keras.Input((4, 4, 3)), keras.Input((5,))

    assert keras.Model(maps, activate(maps, "prelu")).count_params() == 3
    assert keras.Model(features, activate(features, "prelu")).count_params() == 5


@pytest.mark.parametrize("name", ["prelu", "absolute"])
def test_plain_keras_loads_what_is_no_function_of_its_own(
    name: Any, tmp_path: Path
) -> None:
    maps = keras.Input((2, 2, 3))
    flat = keras.layers.Flatten()(activate(maps, name))
    model = keras.Model(maps, dense(flat, 4, name))
    write_keras_file(model, tmp_path)
    values = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 2, 2, 3)

    loaded = keras.models.load_model(tmp_path / "model.keras")

    np.testing.assert_allclose(loaded(values), model(values), rtol=1e-6)
