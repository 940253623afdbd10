# SPDX-License-Identifier: Apache-2.0
"""The machine of ratings: its formulas against sums over all hidden states."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from components.recommendation.ratings import Ratings, root_mean_square
from components.trainer.ratings_rbm.divergence import Gradient, Momentum, gradient
from components.trainer.ratings_rbm.export import make_scorer
from components.trainer.ratings_rbm.model import (
    Machine,
    build_model,
    visible_units,
)
from components.trainer.ratings_rbm.params import Params
from components.trainer.ratings_rbm.train import fit, predict_validation
from tests.support.models.ratings import draw_ratings

VALUES = np.array([1.0, 2.0, 3.0])
HIDDEN = 4


def _machine(implicit: bool = False) -> Machine:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    return Machine(
        draw(5, 3, HIDDEN),
        draw(5, 3),
        draw(HIDDEN),
        draw(5 if implicit else 0, HIDDEN),
    )


def _rated() -> np.ndarray:
    """Two ratings of one user."""
    ratings = Ratings(np.array([0, 0]), np.array([1, 4]), np.array([3.0, 1.0]), 1, 5)
    return visible_units(ratings, np.array([0]), VALUES)


def _enumerated(machine: Machine, item: int) -> np.ndarray:
    """p(k) of an item by the sum over all hidden states of exp(-E)."""
    totals = np.zeros(3)
    for state in product((0.0, 1.0), repeat=HIDDEN):
        hidden = np.array(state)
        known = machine.hidden_bias @ hidden
        for rated, value in ((1, 2), (4, 0)):
            known += machine.weights[rated, value] @ hidden
        for value in range(3):
            energy = machine.weights[item, value] @ hidden
            totals[value] += np.exp(known + energy + machine.item_bias[item, value])
    return totals / totals.sum()


def test_prediction_sums_the_hidden_units_out() -> None:
    machine = _machine()
    shares = machine.predict_shares(_rated(), np.zeros(5, int), np.arange(5))
    for item in (0, 2, 3):
        assert shares[item] == pytest.approx(_enumerated(machine, item), abs=1e-5)


def test_hidden_unit_adds_the_weights_of_what_is_rated_and_nothing_else() -> None:
    machine = _machine()
    wanted = machine.hidden_bias + machine.weights[1, 2] + machine.weights[4, 0]
    inputs = machine.hidden_inputs(_rated())[0]
    assert inputs == pytest.approx(wanted, abs=1e-6)
    # What is not rated has no part in it, and the item bias neither.
    other = replace(machine, item_bias=machine.item_bias + 7)
    assert other.hidden_inputs(_rated())[0] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("implicit", [False, True])
def test_exported_scorer_says_the_same(implicit: bool) -> None:
    machine = _machine(implicit)
    scorer, _ = make_scorer(machine, (1.0, 2.0, 3.0))
    mask = tf.constant([0.0, 1, 0, 0, 1])
    means, shares = scorer(mask, tf.constant([0.0, 3, 0, 0, 1]))
    wanted = machine.predict_shares(_rated(), np.zeros(5, int), np.arange(5))
    assert shares.numpy() == pytest.approx(wanted, abs=1e-5)
    assert means.numpy() == pytest.approx(wanted @ VALUES, abs=1e-5)


def test_machine_of_the_published_data_has_the_size_of_the_paper() -> None:
    nothing = np.empty(0, np.int64)
    ratings = Ratings(nothing, nothing, np.empty(0), 943, 1682)
    machine = build_model(Params(), ratings, np.arange(1.0, 6), 0)
    assert machine.num_parameters == 849_510


def _mean_gradient(machine: Machine, draws: int, steps: int) -> Gradient:
    rng = np.random.default_rng(0)
    visible = np.repeat(_rated(), draws, axis=0)
    return gradient(machine, visible, steps, rng)


PAIRS = list(product(range(3), repeat=2))


def _chain(pair: tuple[int, int]) -> np.ndarray:
    """The two rated items with these values."""
    chain = np.zeros_like(_rated())
    chain[0, 1, pair[0]] = chain[0, 4, pair[1]] = 1
    return chain


def _transitions(machine: Machine) -> np.ndarray:
    """Probability of each pair of values after one step from each, by enumeration."""
    found = np.zeros((len(PAIRS), len(PAIRS)))
    for row, pair in enumerate(PAIRS):
        hidden = expit(machine.hidden_inputs(_chain(pair)))[0]
        for state in product((0.0, 1.0), repeat=HIDDEN):
            on = np.array(state)
            chance = np.prod(np.where(on, hidden, 1 - hidden))
            shares = machine.visible_shares(on[None].astype(np.float32))[0]
            for column, (first, second) in enumerate(PAIRS):
                found[row, column] += chance * shares[1, first] * shares[4, second]
    return found


def _exact_gradient(machine: Machine, steps: int) -> np.ndarray:
    """Product of visible and hidden units at the data less that after the chain."""
    after = np.linalg.matrix_power(_transitions(machine), steps)[PAIRS.index((2, 0))]
    wanted = np.zeros_like(machine.weights)
    for pair, chance in zip(PAIRS, after, strict=True):
        chain = _chain(pair)
        hidden = expit(machine.hidden_inputs(chain))[0]
        wanted -= chance * chain[0][:, :, None] * hidden
    wanted += _rated()[0][:, :, None] * expit(machine.hidden_inputs(_rated()))[0]
    return wanted


@pytest.mark.parametrize("steps", [1, 3])
def test_gradient_is_the_difference_of_products_at_both_ends_of_the_chain(
    steps: int,
) -> None:
    machine = _machine()
    found = _mean_gradient(machine, 20_000, steps)
    assert found.weights == pytest.approx(_exact_gradient(machine, steps), abs=0.012)
    assert not found.weights[[0, 2, 3]].any()


def test_gradients_of_one_and_of_three_steps_differ_by_more_than_draws() -> None:
    once, thrice = (_exact_gradient(_machine(), steps) for steps in (1, 3))
    assert np.abs(once - thrice).max() > 0.05


def test_smoothness_draws_neighbouring_ratings_together() -> None:
    machine = _machine()
    none = Gradient(
        np.zeros_like(machine.weights),
        np.zeros_like(machine.item_bias),
        np.zeros_like(machine.hidden_bias),
        np.zeros_like(machine.implicit),
    )
    params = Params(weight_decay=0.0, smoothness=0.5, momentum=0.0)
    moved = Momentum(params, machine).step(machine, none, 0.5)
    before, after = (np.abs(np.diff(m.weights, axis=1)) for m in (machine, moved))
    assert after.sum() < 0.8 * before.sum()
    means = [m.weights.mean(axis=1) for m in (machine, moved)]
    assert means[0] == pytest.approx(means[1], abs=1e-6)


def test_machine_learns_tastes_that_biases_cannot_tell() -> None:
    data = draw_ratings().data
    params = Params(
        hidden=8,
        epochs=40,
        learning_rate=0.1,
        batch_size=30,
        smoothness=0.01,
        steps=(1, 2),
    )
    machine, history = fit(params, data, 1)
    assert [history[n]["steps"] for n in (0, 19, 20, 39)] == [1, 1, 2, 2]
    predicted = predict_validation(machine, data) @ data.values
    error = root_mean_square(predicted - data.validation.values)
    assert error == pytest.approx(min(row["val_rmse"] for row in history))
    # Of a film the mean over both tastes is off by 1.2 stars.
    assert error < 0.9
    again, _ = fit(params, data, 1)
    assert (again.weights == machine.weights).all()


def test_conditional_machine_learns_from_what_was_rated_at_all() -> None:
    data = draw_ratings().data
    params = Params(hidden=4, epochs=2, batch_size=30, implicit=True)
    machine, _ = fit(params, data, 1)
    assert machine.implicit.shape == (30, 4)
    assert np.abs(machine.implicit).max() > 0
    plain, _ = fit(replace(params, implicit=False), data, 1)
    assert machine.num_parameters == plain.num_parameters + 30 * 4
