# SPDX-License-Identifier: Apache-2.0
"""Margins of limits know how much was seen."""

import numpy as np
import pytest

from pipelines.new_data.distances import (
    chance_distance,
    jensen_shannon,
    l_infinity,
    threshold,
)
from pipelines.new_data.margins import count_range, fewest, largest_share, value_range


def test_share_that_never_occurred_has_a_limit_that_shrinks_with_the_sample() -> None:
    limits = [largest_share(0, total) for total in (30, 300, 30_000)]
    assert limits == sorted(limits, reverse=True)
    assert 0 < limits[-1] < 0.001
    assert limits[0] < 0.3


def test_limit_of_a_share_lies_above_it() -> None:
    assert all(largest_share(n, 50) > n / 50 for n in range(50))
    assert largest_share(50, 50) == 1


def test_range_is_wider_for_few_values() -> None:
    generator = np.random.default_rng(1)
    widths = []
    for size in (20, 20_000):
        values = generator.uniform(100, 200, size).tolist()
        low, high = value_range(values)
        assert low < min(values)
        assert max(values) < high
        widths.append(high - low)
    assert widths[0] > 1.1 * widths[1]


@pytest.mark.parametrize("factor", [0.1, 10, 1000])
def test_other_unit_lies_outside(factor: float) -> None:
    values = np.random.default_rng(1).normal(4000, 500, 300)
    low, high = value_range(values.tolist())
    assert not low <= values.mean() * factor <= high


def test_counts_stay_at_zero_or_above() -> None:
    assert value_range([0, 1, 2, 300])[0] == 0
    assert value_range([5, 5, 5]) == (4.5, 5.5)
    assert value_range([2007, 2008, 2009] * 50, is_whole=True) == (2006, 2010)


def test_lost_and_doubled_items_lie_outside_of_their_number() -> None:
    low, high = count_range(300)
    assert 150 < low < 300 < high < 600
    assert (fewest(1), fewest(100)) == (1, 70)


def test_chance_distance_shrinks_with_the_sample() -> None:
    generator = np.random.default_rng(2)
    found = []
    for size in (50, 5000):
        left, right = (generator.normal(size=size) for _ in range(2))
        found.append(
            chance_distance(left, right, lambda a, b: jensen_shannon(a, b, 10))
        )
    assert found[0] > 5 * found[1]


def test_shifted_split_exceeds_the_limit_that_chance_stays_below() -> None:
    generator = np.random.default_rng(3)
    train, test = generator.normal(size=200), generator.normal(size=60)

    def distance(left: np.ndarray, right: np.ndarray) -> float:
        return jensen_shannon(left, right, 8)

    limit = threshold(chance_distance(train, test, distance), distance(test, train))
    assert distance(generator.normal(size=60), train) < limit
    assert distance(test + 1.5, train) > limit


def test_distances_are_those_of_tfdv() -> None:
    # Of shares 0.75 and 0.25 against 0.25 and 0.75.
    left, right = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])
    assert l_infinity(left, right) == 0.5
    assert jensen_shannon(left, right, 2) == pytest.approx(0.18872, abs=1e-5)
    assert jensen_shannon(left, left, 2) == 0


@pytest.mark.parametrize(
    ("low", "high"), [(1e17, 1e17), (1e17, 1e17 + 16), (0, 5e-324)]
)
def test_neighbouring_numbers_have_a_distance(low: float, high: float) -> None:
    one, both = np.array([low, low]), np.array([low, high, low])
    assert jensen_shannon(both, both, 5) == 0
    assert 0 <= jensen_shannon(one, both, 5) <= 1
