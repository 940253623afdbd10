# SPDX-License-Identifier: Apache-2.0
"""The book's experiments 5-1 and 5-2, with the figures that they must have."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta

from components.sampling.autocorrelation import autocorrelation, autocorrelation_time
from components.sampling.gibbs import gibbs
from components.sampling.metropolis import Walk, metropolis
from components.sampling.monte_carlo import (
    estimate_chain_mean,
    estimate_mean,
    log_mean_exp,
)

RHO = 0.7
COVARIANCE = np.array([[1.0, RHO], [RHO, 1.0]])
SMALL_STEPS = 0.2 * np.eye(2)
BOOK_STEPS = np.array([[1.0, 0.2], [0.2, 1.0]])
BURN_IN = 200


def _log_normal(points: NDArray[np.float64]) -> NDArray[np.float64]:
    inverse = np.linalg.inv(COVARIANCE)
    return -0.5 * np.einsum("ni,ij,nj->n", points, inverse, points)


def _walk(covariance: NDArray[np.float64], steps: int = 1200) -> Walk:
    return metropolis(_log_normal, np.zeros((1000, 2)), covariance, steps, seed=1)


@pytest.fixture(scope="module")
def small() -> Walk:
    return _walk(SMALL_STEPS)


def test_share_of_points_in_the_quarter_circle_gives_pi() -> None:
    points = np.random.default_rng(1).random((100_000, 2))
    found = estimate_mean(4.0 * ((points**2).sum(axis=1) < 1.0))
    assert found.standard_error == pytest.approx(0.00519, abs=1e-4)
    assert found.value == pytest.approx(np.pi, abs=4 * found.standard_error)
    low, high = found.interval
    assert low < np.pi < high


def test_metropolis_takes_the_known_share_of_its_proposals(small: Walk) -> None:
    assert small.acceptance == pytest.approx(0.713, abs=0.01)
    assert _walk(BOOK_STEPS, 200).acceptance == pytest.approx(0.472, abs=0.01)


def test_present_point_is_recorded_again_where_a_proposal_is_refused(
    small: Walk,
) -> None:
    kept = small.points[BURN_IN:].reshape(-1, 2)
    np.testing.assert_allclose(np.cov(kept.T), COVARIANCE, atol=0.03)
    # The book records accepted points alone, which have another covariance.
    accepted = small.points[BURN_IN:][small.accepted[BURN_IN:]]
    bias = np.cov(accepted.T) - np.cov(kept.T)
    np.testing.assert_allclose(bias, [[-0.027, -0.016], [-0.016, -0.027]], atol=0.01)


def test_gibbs_draws_each_coordinate_given_the_other() -> None:
    def draw(
        points: NDArray[np.float64], random: np.random.Generator, other: int
    ) -> NDArray[np.float64]:
        noise = random.standard_normal(len(points))
        return RHO * points[:, other] + np.sqrt(1 - RHO**2) * noise

    conditionals = [partial(draw, other=1), partial(draw, other=0)]
    points = gibbs(conditionals, np.full((1000, 2), 5.0), 150, seed=2)[50:]
    np.testing.assert_allclose(np.cov(points.reshape(-1, 2).T), COVARIANCE, atol=0.03)
    # A sweep multiplies what is left of the start by rho squared.
    assert autocorrelation(points[..., 1])[1] == pytest.approx(RHO**2, abs=0.02)


def test_coin_has_the_posterior_of_six_tosses() -> None:
    heads, tosses = 5, 6

    # Prior times likelihood, without the constant that makes it a density.
    def log_density(points: NDArray[np.float64]) -> NDArray[np.float64]:
        rate = points[:, 0]
        inside = (rate > 0) & (rate < 1)
        safe = np.where(inside, rate, 0.5)
        found = (1 + heads) * np.log(safe) + (1 + tosses - heads) * np.log(1 - safe)
        return np.where(inside, found, -np.inf)

    grid = np.linspace(0.0, 1.0, 100_001)
    likelihood = grid**heads * (1 - grid) ** (tosses - heads)
    assert grid[likelihood.argmax()] == pytest.approx(5 / 6, abs=1e-4)
    density = log_density(grid[:, np.newaxis])
    assert grid[density.argmax()] == pytest.approx(3 / 4, abs=1e-4)

    start = np.full((200, 1), 0.5)
    walk = metropolis(log_density, start, np.array([[0.04]]), 600, seed=3)
    drawn = walk.points[100:, :, 0]
    found = estimate_chain_mean(drawn)
    assert found.value == pytest.approx(0.7, abs=4 * found.standard_error)
    # The sampler's distribution is the posterior, not only its mean.
    posterior = beta(2 + heads, 2 + tosses - heads)
    assert posterior.mean() == pytest.approx(0.7)
    quantiles = [0.05, 0.5, 0.95]
    np.testing.assert_allclose(
        np.quantile(drawn, quantiles), posterior.ppf(quantiles), atol=0.01
    )
    assert found.standard_error < 0.005


def test_slow_chain_is_worth_fewer_draws() -> None:
    random = np.random.default_rng(4)
    chains = np.empty((2000, 50))
    chains[0] = random.standard_normal(50)
    for step in range(1, len(chains)):
        chains[step] = 0.9 * chains[step - 1] + random.standard_normal(50)
    # (1 + 0.9) / (1 - 0.9)
    assert autocorrelation_time(chains) == pytest.approx(19, rel=0.1)
    assert autocorrelation_time(random.standard_normal((2000, 50))) < 1.1
    stuck = np.tile(random.standard_normal(50), (100, 1))
    assert autocorrelation_time(stuck) == 100


def test_mean_of_exponentials_does_not_overflow() -> None:
    found = log_mean_exp(np.array([1000.0, 1000.0 + np.log(3.0)]))
    assert found.value == pytest.approx(1000 + np.log(2.0))
    assert found.standard_error == pytest.approx(0.5)
