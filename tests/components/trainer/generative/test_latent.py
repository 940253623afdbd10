# SPDX-License-Identifier: Apache-2.0
"""Latent vectors depend on the seed alone, and their classes are uniform."""

import numpy as np
import pytest

from components.trainer.generative.latent import Latent

SEED = [3, 1]


def test_without_classes_a_row_is_noise() -> None:
    rows = Latent(4).draw(20_000, SEED).numpy()
    assert rows.shape == (20_000, 4)
    assert rows.std() == pytest.approx(1.0, abs=0.02)
    assert np.abs(Latent(4, "uniform").draw(100, SEED)).max() <= 1.0


def test_each_class_is_drawn_as_often_and_apart_from_the_noise() -> None:
    latent = Latent(4, num_classes=10)
    rows = latent.draw(20_000, SEED).numpy()
    assert rows.shape == (20_000, latent.width) == (20_000, 14)
    classes = latent.one_hot_classes(rows)
    np.testing.assert_array_equal(classes.sum(axis=1), 1.0)
    assert classes.mean(axis=0) == pytest.approx(0.1, abs=0.01)
    together = np.corrcoef(rows.T)[:4, 4:]
    assert np.abs(together).max() < 0.03
    # The same noise, whether or not there are classes.
    np.testing.assert_array_equal(rows[:, :4], Latent(4).draw(20_000, SEED))


def test_rows_hang_on_the_seed_and_on_the_class_asked_for() -> None:
    latent = Latent(4, num_classes=3)
    np.testing.assert_array_equal(latent.draw(8, SEED), latent.draw(8, SEED))
    assert not np.array_equal(latent.draw(8, SEED), latent.draw(8, [3, 2]))
    asked = latent.draw(8, SEED, 2).numpy()
    np.testing.assert_array_equal(latent.one_hot_classes(asked), [[0, 0, 1]] * 8)
    np.testing.assert_array_equal(asked[:, :4], latent.draw(8, SEED)[:, :4])
