# SPDX-License-Identifier: Apache-2.0
"""Learning-rate schedules, weight decay and gradient clipping."""

import keras
import numpy as np
import pytest

from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.params import Optimizer


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

    assert not make_optimizer(settings, num_steps=1).nesterov


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


def _step(settings: Optimizer, gradients: list[float]) -> list[float]:
    """Where one step takes two variables that start at 0."""
    variables = [keras.Variable(0.0), keras.Variable(0.0)]
    # The norm is that of the two together: each alone is a variable of its own.
    make_optimizer(settings, num_steps=1).apply(
        [np.float32(gradient) for gradient in gradients], variables
    )
    return [float(variable.value) for variable in variables]


def _rate_at(optimizer: object, step: float) -> float:
    return float(optimizer._learning_rate(step))
