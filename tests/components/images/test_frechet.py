# SPDX-License-Identifier: Apache-2.0
"""The Frechet distance agrees with its formula where that is known."""

import numpy as np
import pytest

from components.images.frechet import Moments, frechet_distance, measure_moments


def _moments(mean: list[float], variances: list[float]) -> Moments:
    return Moments(np.array(mean), np.diag(variances))


def test_normal_sets_are_as_far_apart_as_the_formula_says() -> None:
    # |(3, 0) - (0, 4)|^2 + (2 - 1)^2 + (3 - 1)^2
    left, right = _moments([3, 0], [4, 9]), _moments([0, 4], [1, 1])
    assert frechet_distance(left, right) == pytest.approx(25 + 1 + 4)


def test_covariances_that_do_not_commute_agree_with_the_matrix_square_root() -> None:
    from scipy.linalg import sqrtm

    random = np.random.default_rng(0)
    first, second = (m @ m.T for m in random.normal(size=(2, 6, 6)))
    root = sqrtm(first @ second).real
    expected = np.trace(first) + np.trace(second) - 2 * np.trace(root)
    zero = np.zeros(6)
    found = frechet_distance(Moments(zero, first), Moments(zero, second))
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_set_is_at_no_distance_from_itself_even_with_dead_features() -> None:
    features = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    features[:, 7] = 0.0
    moments = measure_moments(features)
    assert frechet_distance(moments, moments) == pytest.approx(0.0, abs=1e-5)


def test_moments_do_not_depend_on_the_size_of_a_block() -> None:
    features = np.random.default_rng(0).normal(3.0, 2.0, size=(2500, 4))
    moments = measure_moments(features)
    np.testing.assert_allclose(moments.mean, features.mean(axis=0))
    np.testing.assert_allclose(moments.covariance, np.cov(features, rowvar=False))
