# SPDX-License-Identifier: Apache-2.0
"""Copies of training images count as memorised, new pictures do not."""

import numpy as np
import pytest

from components.evaluator.generation.memorization import (
    NearestImages,
    find_nearest,
    measure_memorization,
)
from tests.support.datasets.mnist import draw_digits


def _digits(seed: int, count: int = 200) -> np.ndarray:
    return draw_digits(np.arange(count) % 10, seed)[..., np.newaxis]


def test_nearest_training_image_is_found() -> None:
    train, pictures = _digits(1, 100), _digits(2, 20)
    found = find_nearest(pictures, train)
    gaps = pictures.astype(float)[:, None] - train.astype(float)[None]
    distances = np.sqrt((gaps**2).sum(axis=(2, 3, 4))) / 255
    np.testing.assert_array_equal(found.indices, distances.argmin(axis=1))
    np.testing.assert_allclose(found.distances, distances.min(axis=1), rtol=1e-4)


def test_fresh_pictures_count_as_memorised_one_time_in_a_hundred() -> None:
    train = _digits(1, 500)
    made = find_nearest(_digits(2, 400), train)
    fresh = find_nearest(_digits(3, 400), train)
    memorization = measure_memorization(made, fresh)
    assert memorization.share < 0.05
    assert memorization.distance_ratio == pytest.approx(1.0, abs=0.1)


def test_copies_are_found_where_test_images_are_copies_too() -> None:
    train = _digits(1)
    copied = find_nearest(train, train)
    memorization = measure_memorization(copied, copied)
    assert memorization.share == 1.0
    assert memorization.distance_ratio == 0.0


def test_copies_with_a_little_noise_are_still_copies() -> None:
    train = _digits(1)
    noise = np.random.default_rng(0).integers(-5, 6, train.shape)
    made = np.clip(train + noise, 0, 255).astype(np.uint8)
    memorization = measure_memorization(
        find_nearest(made, train), find_nearest(_digits(3), train)
    )
    assert memorization.share == 1.0
    assert memorization.distance_ratio < 0.3


def test_limit_is_the_nearest_hundredth_of_the_test_images() -> None:
    test = _at(np.arange(1000))
    # The hundredth lies at 9.99, the median at 499.5.
    memorization = measure_memorization(_at(np.array([0, 9, 10, 999])), test)
    assert memorization.share == 0.5
    assert memorization.distance_ratio == pytest.approx(9.5 / 499.5)


def _at(distances: np.ndarray) -> NearestImages:
    return NearestImages(np.zeros(len(distances), np.int64), distances)
