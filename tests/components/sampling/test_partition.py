# SPDX-License-Identifier: Apache-2.0
"""Annealed importance sampling agrees with a sum over all states."""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf

from components.sampling.boltzmann import Boltzmann, base_rate_bias
from components.sampling.partition import (
    Annealing,
    annealed_log_partition,
    exact_log_partition,
    reverse_log_partition,
)

VISIBLE, HIDDEN = 30, 12
ANNEALING = Annealing(temperatures=1000, chains=100)


@cache
def _machine() -> Boltzmann:
    random = np.random.default_rng(5)
    parts = (
        random.normal(0, 0.7, (VISIBLE, HIDDEN)),
        random.normal(-1, 1, VISIBLE),
        random.normal(0, 1, HIDDEN),
    )
    return Boltzmann(*(tf.constant(part, tf.float32) for part in parts))


def _states(count: int) -> np.ndarray:
    numbers = np.arange(2**count)
    return (numbers[:, np.newaxis] >> np.arange(count) & 1).astype(np.float32)


def test_free_energies_of_all_states_sum_to_the_partition_function() -> None:
    random = np.random.default_rng(0)
    machine = Boltzmann(
        *(random.normal(0, 1, shape).astype(np.float32) for shape in ((8, 6), 8, 6))
    )
    energies = machine.free_energy(_states(8)).numpy().astype(np.float64)
    by_visible = np.logaddexp.reduce(-energies)
    assert exact_log_partition(machine) == pytest.approx(by_visible, abs=1e-4)


def test_annealing_finds_the_exact_value_from_both_ends() -> None:
    machine, base = _machine(), np.zeros(VISIBLE, np.float32)
    exact = exact_log_partition(machine)
    forward = annealed_log_partition(machine, base, ANNEALING, seed=1)
    assert forward.value == pytest.approx(exact, abs=0.1)
    assert abs(forward.value - exact) < 4 * forward.standard_error
    draws = tf.function(machine.walk)(np.zeros((100, VISIBLE), np.float32), 500, [1, 2])
    reverse = reverse_log_partition(machine, base, ANNEALING, draws.numpy(), seed=2)
    assert reverse.value == pytest.approx(exact, abs=0.15)


def test_few_temperatures_leave_a_gap_between_both_ends() -> None:
    random = np.random.default_rng(6)
    machine, base = _machine(), np.zeros(VISIBLE, np.float32)
    strong = Boltzmann(
        machine.weights * 4, machine.visible_bias * 4, machine.hidden_bias
    )
    start = random.integers(0, 2, (100, VISIBLE)).astype(np.float32)
    draws = tf.function(strong.walk)(start, 500, [1, 2]).numpy()
    gaps = []
    for temperatures in (5, 2000):
        way = Annealing(temperatures, chains=100)
        forward = annealed_log_partition(strong, base, way, seed=1)
        reverse = reverse_log_partition(strong, base, way, draws, seed=2)
        gaps.append(reverse.value - forward.value)
    assert gaps[0] > 5 > abs(gaps[1])


def test_machine_without_weights_has_the_likelihood_of_its_base_rates() -> None:
    base = base_rate_bias(np.array([0.1, 0.5, 0.9]), 1000)
    machine = Boltzmann(np.zeros((3, 4), np.float32), base, np.zeros(4, np.float32))
    forward = annealed_log_partition(machine, base, Annealing(10, 20), seed=1)
    assert forward.value == pytest.approx(exact_log_partition(machine), abs=1e-5)
    assert forward.standard_error == pytest.approx(0, abs=1e-6)
    nats = machine.free_energy(np.array([[0.0, 1.0, 1.0]], np.float32)) + forward.value
    assert float(nats[0]) == pytest.approx(-np.log(0.9 * 0.5 * 0.9), abs=0.01)


def test_enumeration_refuses_what_would_take_for_ever() -> None:
    machine = Boltzmann(np.zeros((2, 21)), np.zeros(2), np.zeros(21))
    with pytest.raises(ValueError, match="at most 20 hidden units"):
        exact_log_partition(machine)


def test_block_gibbs_draws_from_the_machine() -> None:
    random = np.random.default_rng(0)
    machine = Boltzmann(
        *(random.normal(0, 1, shape).astype(np.float32) for shape in ((4, 3), 4, 3))
    )
    states = _states(4)
    probabilities = np.exp(-machine.free_energy(states).numpy())
    probabilities /= probabilities.sum()
    drawn = tf.function(machine.walk)(np.zeros((20_000, 4), np.float32), 60, [7, 8])
    numbers = (drawn.numpy() @ (1 << np.arange(4))).astype(int)
    shares = np.bincount(numbers, minlength=16) / len(numbers)
    np.testing.assert_allclose(shares, probabilities, atol=0.015)
