# SPDX-License-Identifier: Apache-2.0
"""Factors are found where there are some, and a new user is folded in."""

from dataclasses import replace

import numpy as np
import pytest

from components.recommendation.factors import fit_factors
from components.recommendation.ratings import (
    Ratings,
    rating_shares,
    root_mean_square,
)


def _low_rank(share: float = 0.5, seed: int = 0) -> tuple[Ratings, Ratings]:
    """Ratings of rank two without noise; those that are known, and the others."""
    rng = np.random.default_rng(seed)
    table = 3 + rng.normal(size=(40, 2)) @ rng.normal(size=(2, 30)) / 2
    users, items = np.divmod(np.arange(table.size), 30)
    known = rng.random(table.size) < share
    values = table.ravel()
    parts = (Ratings(users[m], items[m], values[m], 40, 30) for m in (known, ~known))
    first, second = parts
    return first, second


def test_rank_two_without_noise_is_recovered() -> None:
    known, others = _low_rank()
    model = fit_factors(known, 2, 1e-4, 1e-4, 60, 0, (-9, 9))
    assert root_mean_square(model.predict(known, others) - others.values) < 0.02


def test_missing_ratings_are_not_taken_for_zeros() -> None:
    known, others = _low_rank()
    model = fit_factors(known, 2, 1e-4, 1e-4, 60, 0, (-9, 9))
    fitted = root_mean_square(model.predict(known, others) - others.values)
    # The book's other way: a decomposition of the matrix with zeros in the gaps.
    filled = np.zeros((40, 30))
    filled[known.users, known.items] = known.values
    left, strengths, right = np.linalg.svd(filled)
    rebuilt = (left[:, :2] * strengths[:2]) @ right[:2]
    error = root_mean_square(rebuilt[others.users, others.items] - others.values)
    assert error > 1
    assert fitted < 0.02 * error


def test_no_factors_leave_user_and_item_bias() -> None:
    rng = np.random.default_rng(0)
    users, items = np.divmod(np.arange(600), 20)
    values = 3 + rng.normal(size=30)[users] + rng.normal(size=20)[items]
    ratings = Ratings(users, items, values, 30, 20)
    model = fit_factors(ratings, 0, 1.0, 1e-6, 30, 0, (-9, 9))
    assert root_mean_square(model.predict(ratings, ratings) - values) < 1e-3


def test_ratings_that_are_read_in_another_order_give_the_same_model() -> None:
    known, _ = _low_rank()
    order = np.random.default_rng(1).permutation(len(known))
    turned = Ratings(
        known.users[order], known.items[order], known.values[order], 40, 30
    )
    models = [fit_factors(r, 2, 0.1, 0.1, 3, 0, (-9, 9)) for r in (known, turned)]
    assert models[0].item_bias == pytest.approx(models[1].item_bias, abs=1e-8)


def test_user_who_rated_nothing_gets_the_means() -> None:
    known, _ = _low_rank()
    model = fit_factors(known, 2, 0.1, 0.1, 3, 0, (1, 5))
    user = model.fold_in(np.empty(0, np.int64), np.empty(0))
    assert user.tolist() == [0, 0, 0]
    expected = np.clip(model.mean + model.item_bias, 1, 5)
    assert model.scores(user).tolist() == expected.tolist()


def test_shares_of_a_rounded_normal_number() -> None:
    shares = rating_shares(np.array([3.0, 4.6]), 0.5, (1, 2, 3, 4, 5))
    assert shares.sum(axis=1) == pytest.approx([1, 1])
    assert shares[0, 2] == pytest.approx(0.6827, abs=1e-3)
    assert shares[1].argmax() == 4


@pytest.mark.parametrize("unit", [0.1, 25.0])
def test_factors_of_another_scale_are_the_same_but_for_their_unit(unit: float) -> None:
    parts = _low_rank()
    predicted = []
    for scale in (1.0, unit):
        scaled = [replace(part, values=part.values * scale) for part in parts]
        model = fit_factors(scaled[0], 2, 4.0, 4.0, 6, 0, (scale, 5 * scale))
        predicted.append(model.predict(*scaled) / scale)
    np.testing.assert_allclose(predicted[1], predicted[0], rtol=1e-9)
