# SPDX-License-Identifier: Apache-2.0
"""Mixtures of Bernoulli distributions, and the pseudo-likelihood, on known pixels."""

import numpy as np
import pytest

from components.evaluator.energy.mixtures import fit_mixture
from components.evaluator.energy.pseudo_likelihood import pseudo_log_likelihood
from components.sampling.boltzmann import Boltzmann

# Two kinds of images, each with its own white half.
RATES = np.array([[0.95] * 20 + [0.05] * 20, [0.05] * 20 + [0.95] * 20])


def _draw(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    kinds = (random.random(count) < 0.3).astype(int)
    pixels = random.random((count, RATES.shape[1])) < RATES[kinds]
    return pixels.astype(np.float32), kinds


def test_mixture_finds_the_parts_and_their_shares() -> None:
    train, _ = _draw(4000, 1)
    mixture = fit_mixture(train, 2, seed=3)
    shares = np.exp(mixture.log_shares)
    np.testing.assert_allclose(np.sort(shares), [0.3, 0.7], atol=0.03)
    means = 1 / (1 + np.exp(-mixture.logits[shares.argmin()]))
    np.testing.assert_allclose(means, RATES[1], atol=0.03)


def test_likelihood_is_that_of_the_true_mixture() -> None:
    train, _ = _draw(4000, 1)
    test, _ = _draw(1000, 2)
    logs = test @ np.log(RATES.T) + (1 - test) @ np.log(1 - RATES.T)
    true = np.logaddexp.reduce(logs + np.log([0.7, 0.3]), axis=1)
    found = fit_mixture(train, 2, seed=3).log_likelihood(test)
    assert found.mean() == pytest.approx(true.mean(), abs=0.1)
    independent = fit_mixture(train, 1, seed=3).log_likelihood(test)
    mean = train.mean(axis=0)
    by_hand = (test @ np.log(mean) + (1 - test) @ np.log(1 - mean)).mean()
    assert independent.mean() == pytest.approx(by_hand, abs=0.01)
    assert independent.mean() < found.mean() - 5


def test_pseudo_likelihood_of_independent_pixels_is_their_likelihood() -> None:
    bias = np.full(40, 1.5, np.float32)
    machine = Boltzmann(np.zeros((40, 3), np.float32), bias, np.zeros(3, np.float32))
    visible = np.ones((2000, 40), np.float32)
    found = pseudo_log_likelihood(machine, visible, seed=1)
    assert found.mean() == pytest.approx(-40 * np.log1p(np.exp(-1.5)), rel=1e-4)
