# SPDX-License-Identifier: Apache-2.0
"""Precision, recall, density, coverage and kernel distance, as they are defined."""

import numpy as np
import pytest

from components.evaluator.generation import manifold
from components.evaluator.generation.manifold import NEIGHBOURS, PointSet, compare


def _points(seed: int, num: int = 60, shift: float = 0.0) -> PointSet:
    random = np.random.default_rng(seed)
    features = random.normal(shift, 1.0, size=(num, 3)).astype(np.float32)
    return PointSet(features, kernel_scale=3.0)


def _distances(left: PointSet, right: PointSet) -> np.ndarray:
    return np.linalg.norm(left.features[:, None] - right.features[None], axis=2)


def test_figures_follow_their_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks that do not divide the points.
    monkeypatch.setattr(manifold, "_ROWS_AT_ONCE", 7)
    made, real = _points(0, 50, shift=0.5), _points(1, 60)
    found = compare(made, real)

    across = _distances(real, made)
    real_radii = np.sort(_distances(real, real), axis=1)[:, NEIGHBOURS, None]
    made_radii = np.sort(_distances(made, made), axis=1)[:, NEIGHBOURS]
    in_balls = across <= real_radii
    assert found.precision == pytest.approx(in_balls.any(axis=0).mean())
    assert found.recall == pytest.approx((across <= made_radii).any(axis=1).mean())
    assert found.density == pytest.approx(in_balls.sum() / NEIGHBOURS / 50)
    assert found.coverage == pytest.approx(in_balls.any(axis=1).mean())

    kernels = [
        (left.features @ right.features.T / 3 + 1) ** 3
        for left, right in ((made, made), (real, real), (made, real))
    ]
    own = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in kernels[:2]]
    expected = sum(own) - 2 * kernels[2].mean()
    assert found.kernel_distance == pytest.approx(expected, rel=1e-3)


def test_sets_from_one_source_are_at_no_kernel_distance_on_average() -> None:
    distances = [
        compare(_points(2 * i), _points(2 * i + 1)).kernel_distance for i in range(40)
    ]
    error = np.std(distances) / np.sqrt(len(distances))
    # A biased estimate would be above zero by many standard errors.
    assert abs(np.mean(distances)) < 3 * error
    assert min(distances) < 0


def test_one_point_repeated_has_precision_and_no_recall() -> None:
    real = _points(1)
    collapsed = PointSet(np.repeat(real.features[:1], 60, axis=0), 3.0)
    found = compare(collapsed, real)
    assert found.precision == 1.0
    assert found.recall <= 1 / 60


def test_far_away_points_have_none_of_anything() -> None:
    found = compare(_points(0, shift=100.0), _points(1))
    assert (found.precision, found.recall, found.density, found.coverage) == (0,) * 4
