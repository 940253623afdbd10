# SPDX-License-Identifier: Apache-2.0
"""Noise is what it says it is, and the same for the same seed."""

from collections.abc import Sequence

import numpy as np
import pytest

from components.images.noise import (
    GAUSSIAN_VARIANCE,
    NOISES,
    SALT_PEPPER_SHARE,
    Noise,
    corrupt,
)

GREY = np.full((100, 28, 28, 1), 0.5, np.float32)


def _corrupted(noises: Sequence[Noise], seed: int = 1) -> np.ndarray:
    return np.asarray(corrupt(GREY, noises, [seed, 0]))


def test_gaussian_noise_has_its_variance_and_is_not_clipped() -> None:
    noise = _corrupted(["gaussian"]) - GREY
    assert noise.var() == pytest.approx(GAUSSIAN_VARIANCE, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.005)
    assert noise.min() < -0.5
    assert noise.max() > 0.5


def test_salt_and_pepper_hits_its_share_of_the_pixels_and_leaves_the_rest() -> None:
    noisy = _corrupted(["salt_pepper"])
    for value in (0.0, 1.0):
        share = (noisy == value).mean()
        assert share == pytest.approx(SALT_PEPPER_SHARE / 2, rel=0.1)
    assert set(np.unique(noisy)) == {0.0, 0.5, 1.0}


def test_salt_and_pepper_reaches_the_last_row_and_column() -> None:
    hit = (_corrupted(["salt_pepper"]) != GREY).any(axis=(0, 3))
    assert hit[-1].any()
    assert hit[:, -1].any()


def test_of_two_noises_each_image_gets_one() -> None:
    noisy = _corrupted(NOISES)
    values = [len(np.unique(image)) for image in noisy]
    peppered = sum(count <= 3 for count in values)
    assert 30 < peppered < 70
    assert all(count <= 3 or count > 700 for count in values)


@pytest.mark.parametrize("noises", [["gaussian"], ["salt_pepper"], NOISES])
def test_noise_repeats_itself_and_differs_by_seed(noises: Sequence[Noise]) -> None:
    np.testing.assert_array_equal(_corrupted(noises), _corrupted(noises))
    assert not np.array_equal(_corrupted(noises), _corrupted(noises, seed=2))


def test_blur_spreads_a_point_and_keeps_its_light() -> None:
    point = np.zeros((1, 28, 28, 1), np.float32)
    point[0, 14, 14, 0] = 1
    blurred = np.asarray(corrupt(point, ["blur"], [1, 0]))

    assert blurred.sum() == pytest.approx(1, abs=1e-5)
    assert 0.05 < blurred.max() < 0.1
    np.testing.assert_array_equal(blurred, corrupt(point, ["blur"], [2, 0]))
