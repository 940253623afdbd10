# SPDX-License-Identifier: Apache-2.0
"""Figures of ratings by hand, and intervals over users."""

import numpy as np
import pytest

from components.evaluator.ratings.figures import (
    calibration,
    estimate,
    ndcg,
    popularity,
    sum_by_user,
)
from components.recommendation.ratings import Ratings

VALUES = np.arange(1.0, 6)


def _tested(errors_alike: bool, seed: int = 0) -> tuple[np.ndarray, Ratings]:
    """Forty users with ten ratings each; errors are alike within a user, or not."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(40), 10)
    sizes = (
        rng.exponential(size=40)[users] if errors_alike else rng.exponential(size=400)
    )
    values = rng.choice(VALUES, 400)
    items = np.tile(np.arange(10), 40)
    return values + sizes, Ratings(users, items, values, 40, 10)


def test_figures_are_those_of_all_ratings() -> None:
    means, tested = _tested(True)
    shares = np.full((400, 5), 0.2)
    found = estimate({"model": sum_by_user(means, shares, tested, VALUES)})["model"]
    errors = means - tested.values
    assert found["rmse"].value == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert found["mae"].value == pytest.approx(np.abs(errors).mean())
    assert found["log_loss"].value == pytest.approx(np.log(5))


def test_ratings_of_a_user_that_are_alike_make_intervals_wider() -> None:
    widths = []
    for alike in (True, False):
        means, tested = _tested(alike)
        sums = sum_by_user(means, np.full((400, 5), 0.2), tested, VALUES)
        rmse = estimate({"model": sums})["model"]["rmse"]
        widths.append(rmse.high - rmse.low)
    assert widths[0] > 1.5 * widths[1]


def test_ratio_of_a_model_to_itself_is_one_without_width() -> None:
    means, tested = _tested(True)
    sums = sum_by_user(means, np.full((400, 5), 0.2), tested, VALUES)
    ratio = estimate({"model": sums, "rival": sums})["model"]["rmse_over_rival"]
    assert (ratio.value, ratio.low, ratio.high) == (1, 1, 1)


def test_discounted_gain_by_hand() -> None:
    values = np.array([5.0, 1.0, 3.0])
    assert ndcg(np.array([3.0, 1.0, 2.0]), values) == 1
    worst = (1 + 7 / np.log2(3) + 31 / 2) / (31 + 7 / np.log2(3) + 1 / 2)
    assert ndcg(np.array([1.0, 3.0, 2.0]), values) == pytest.approx(worst)
    assert np.isnan(ndcg(np.array([1.0, 2.0]), np.array([4.0, 4.0])))


def test_calibrated_probabilities_have_no_gap() -> None:
    users = np.zeros(1000, int)
    values = np.repeat(VALUES, 200)
    tested = Ratings(users, users, values, 1, 1)
    _, gap = calibration(np.full((1000, 5), 0.2), tested, VALUES)
    assert gap == pytest.approx(0, abs=1e-9)
    sure = np.tile([0.92, 0.02, 0.02, 0.02, 0.02], (1000, 1))
    assert calibration(sure, tested, VALUES)[1] > 0.2


def test_popularity_is_the_share_of_the_most_rated() -> None:
    items = np.repeat(np.arange(100), np.arange(100, 0, -1))
    train = Ratings(np.zeros(len(items), int), items, np.ones(len(items)), 1, 100)
    among, of_ratings = popularity({0: np.array([0, 1, 98, 99])}, train, top=50)
    assert among == 0.5
    assert of_ratings == pytest.approx(sum(range(51, 101)) / sum(range(1, 101)))
