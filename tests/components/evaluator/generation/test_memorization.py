# SPDX-License-Identifier: Apache-2.0
"""Copies of training images are found out, fresh pictures are not."""

import numpy as np
import pytest

from components.evaluator.generation import memorization as copies
from components.evaluator.generation.memorization import find_neighbours, measure_memory
from tests.support.datasets.mnist import draw_digits


def _digits(seed: int, count: int = 200) -> np.ndarray:
    return draw_digits(np.arange(count) % 10, seed)[..., np.newaxis]


def test_nearest_training_image_is_found_across_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copies, "_TRAIN_AT_ONCE", 30)
    train, pictures = _digits(1, 100), _digits(2, 20)
    found = find_neighbours(pictures, train)
    gaps = pictures.astype(float)[:, None] - train.astype(float)[None]
    distances = np.sqrt((gaps**2).sum(axis=(2, 3, 4))) / 255
    np.testing.assert_array_equal(found.indices, distances.argmin(axis=1))
    np.testing.assert_allclose(found.distances, distances.min(axis=1), rtol=1e-4)


def test_fresh_pictures_count_as_memorised_one_time_in_a_hundred() -> None:
    train = _digits(1, 500)
    made = find_neighbours(_digits(2, 400), train)
    fresh = find_neighbours(_digits(3, 400), train)
    memory = measure_memory(made, fresh)
    assert memory.share < 0.05
    assert memory.distance_ratio == pytest.approx(1.0, abs=0.1)


def test_copies_are_found_where_test_images_are_copies_too() -> None:
    train = _digits(1)
    copied = find_neighbours(train, train)
    memory = measure_memory(copied, copied)
    assert memory.share == 1.0
    assert memory.distance_ratio == 0.0


def test_copies_with_a_little_noise_are_still_copies() -> None:
    train = _digits(1)
    noise = np.random.default_rng(0).integers(-5, 6, train.shape)
    made = np.clip(train + noise, 0, 255).astype(np.uint8)
    memory = measure_memory(
        find_neighbours(made, train), find_neighbours(_digits(3), train)
    )
    assert memory.share == 1.0
    assert memory.distance_ratio < 0.3
