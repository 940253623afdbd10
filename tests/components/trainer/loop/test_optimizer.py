# SPDX-License-Identifier: Apache-2.0
"""Optimizers, learning-rate schedules, weight decay and gradient clipping."""

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.params import Optimizer

# All that a recipe can name, each with a rate for surfaces of size 1.
OPTIMIZERS: Final = (
    Optimizer(name="sgd", learning_rate=0.01, momentum=0.0),
    Optimizer(name="sgd", learning_rate=0.01, nesterov=False),
    Optimizer(name="sgd", learning_rate=0.01),
    Optimizer(name="adagrad", learning_rate=0.3),
    Optimizer(name="rmsprop", learning_rate=0.01),
    # Its steps begin at the square root of its epsilon.
    Optimizer(name="adadelta", learning_rate=100.0),
    Optimizer(name="rprop", learning_rate=0.01),
    Optimizer(name="adam", learning_rate=0.05),
)
NAMES: Final = (
    *("gradient descent", "momentum", "nesterov", "adagrad", "rmsprop"),
    *("adadelta", "rprop", "adam"),
)


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=NAMES)
def test_optimizer_descends_a_long_valley(settings: Optimizer) -> None:
    # Curvatures 1 and 50: the steepest way leads to the other side of the valley.
    x, y = _descend(settings, lambda x, y: (x**2 + 50 * y**2) / 2, (1.0, 1.0))

    assert (x**2 + 50 * y**2) / 2 < 0.03


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=NAMES)
def test_optimizer_leaves_a_saddle(settings: Optimizer) -> None:
    _, y = _descend(settings, lambda x, y: x**2 - y**2, (1.0, 1e-2))

    assert abs(y) > 0.5


def test_momentum_without_nesterov_is_another_way() -> None:
    def step(nesterov: bool) -> float:
        settings = Optimizer(name="sgd", learning_rate=0.1, nesterov=nesterov)
        return _step(settings, [1.0])[0]

    assert step(nesterov=False) == pytest.approx(-0.1)
    assert step(nesterov=True) == pytest.approx(-0.19)


def test_rprop_lengthens_its_step_while_signs_agree_and_halves_it_after() -> None:
    variable = keras.Variable(0.0)
    rprop = make_optimizer(Optimizer(name="rprop", learning_rate=0.1), num_steps=1)
    places = []
    # A change of sign is waited out for one step.
    for gradient in (5.0, 0.01, -3.0, -3.0):
        rprop.apply([np.float32(gradient)], [variable])
        places.append(float(variable.value))

    assert places == pytest.approx([-0.1, -0.22, -0.22, -0.16])


def test_mean_of_squares_is_that_of_the_optimizer() -> None:
    rmsprop = make_optimizer(Optimizer(name="rmsprop", learning_rate=0.1), 1)
    adadelta = make_optimizer(Optimizer(name="adadelta", learning_rate=0.1), 1)
    given = make_optimizer(Optimizer(name="adadelta", learning_rate=1.0, rho=0.5), 1)

    assert (rmsprop.rho, adadelta.rho, given.rho) == (0.9, 0.95, 0.5)


def test_one_cycle_rises_to_the_rate_and_falls_to_nothing() -> None:
    settings = Optimizer(learning_rate=0.1, schedule="one_cycle", warmup=0.25)
    optimizer = make_optimizer(settings, num_steps=100)

    rates = [_rate_at(optimizer, step) for step in (0, 25, 62.5, 100)]

    assert rates == pytest.approx([0.004, 0.1, 0.05, 0.0], abs=1e-6)


def test_linear_rate_falls_from_the_start() -> None:
    optimizer = make_optimizer(Optimizer(learning_rate=0.1, schedule="linear"), 100)

    rates = [_rate_at(optimizer, step) for step in (0, 50, 100)]

    assert rates == pytest.approx([0.1, 0.05, 0.0], abs=1e-6)


def test_constant_rate_stays() -> None:
    optimizer = make_optimizer(Optimizer(learning_rate=0.1), num_steps=100)

    assert float(optimizer.learning_rate) == pytest.approx(0.1)


def test_plain_gradient_descent_has_no_momentum() -> None:
    settings = Optimizer(name="sgd", learning_rate=0.1, momentum=0.0)
    optimizer = make_optimizer(settings, num_steps=2)
    variable = keras.Variable(np.float32(0.0))

    places = []
    for gradient in (1.0, 0.0):
        optimizer.apply([np.float32(gradient)], [variable])
        places.append(float(variable.value))

    assert not optimizer.nesterov
    # No gradient, no step: nothing is left of the one before.
    assert places == pytest.approx([-0.1, -0.1])


def test_biases_are_not_decayed() -> None:
    settings = Optimizer(learning_rate=0.1, weight_decay=0.5)
    optimizer = make_optimizer(settings, num_steps=1)
    layer = keras.layers.Dense(2, bias_initializer="ones")
    layer.build((None, 3))
    kernel, bias = layer.trainable_variables
    before = kernel.numpy()

    optimizer.apply([np.zeros((3, 2)), np.zeros(2)], [kernel, bias])

    np.testing.assert_allclose(kernel.numpy(), before * 0.95, rtol=1e-5)
    np.testing.assert_array_equal(bias.numpy(), [1.0, 1.0])


def test_long_gradient_is_shortened_and_keeps_its_direction() -> None:
    settings = Optimizer(name="sgd", momentum=0.0, learning_rate=1.0, clip_norm=1.0)

    assert _step(settings, [3.0, 4.0]) == pytest.approx([-0.6, -0.8])
    assert _step(settings, [0.3, 0.4]) == pytest.approx([-0.3, -0.4])


def test_gradient_is_not_clipped_unless_asked_for() -> None:
    settings = Optimizer(name="sgd", momentum=0.0, learning_rate=1.0)

    assert _step(settings, [30.0, 40.0]) == pytest.approx([-30.0, -40.0])


def test_large_numbers_of_a_gradient_are_cut() -> None:
    settings = Optimizer(name="sgd", momentum=0.0, learning_rate=1.0, clip_value=1.0)

    assert _step(settings, [3.0, 0.5]) == pytest.approx([-1.0, -0.5])


def _step(settings: Optimizer, gradients: list[float]) -> list[float]:
    """Where one step takes variables that start at 0."""
    variables = [keras.Variable(0.0) for _ in gradients]
    # The norm is that of the two together: each alone is a variable of its own.
    make_optimizer(settings, num_steps=1).apply(
        [np.float32(gradient) for gradient in gradients], variables
    )
    return [float(variable.value) for variable in variables]


def _descend(
    settings: Optimizer, surface: Callable[[Any, Any], Any], start: tuple[float, float]
) -> tuple[float, float]:
    """Where 300 steps lead on a surface."""
    x, y = (keras.Variable(value) for value in start)
    optimizer = make_optimizer(settings, num_steps=300)
    optimizer.build([x, y])

    @tf.function(autograph=False)
    def descend() -> None:
        def step(count: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                # Beyond 10 a descent from a saddle is endless.
                height = surface(x.value, tf.clip_by_value(y.value, -10.0, 10.0))
            gradients = tape.gradient(height, [x.value, y.value])
            optimizer.apply(gradients, [x, y])
            return count + 1

        tf.while_loop(lambda count: count < 300, step, [tf.constant(0)])

    descend()
    return float(x.value), float(y.value)


def _rate_at(optimizer: object, step: float) -> float:
    return float(optimizer._learning_rate(step))
