# SPDX-License-Identifier: Apache-2.0
"""Sizes and limits by hand."""

import pytest

from pipelines.new_data.margins import round_down, round_up
from pipelines.new_recipe.fitted import (
    allowed_share,
    batch_size,
    epochs,
)


def test_network_may_lose_a_quarter_of_what_a_rival_gains() -> None:
    assert allowed_share(0.0) == 0.25
    assert allowed_share(0.2) == 0.4
    assert allowed_share(1.0) == 1.0


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(0.3, 0.3, 0.3), (0.261, 0.27, 0.26), (0.0, 0.0, 0.0), (1.04, 1.1, 1.0)],
)
def test_limits_have_two_digits(value: float, up: float, down: float) -> None:
    assert (round_up(value, 2), round_down(value, 2)) == (up, down)


def test_epoch_has_some_thirty_steps_where_it_can() -> None:
    assert [batch_size(n, 16, 128) for n in (50, 1_000, 10_000_000)] == [16, 32, 128]
    assert [epochs(n, 32, 2_000, 5, 60) for n in (100, 4_000, 10**6)] == [60, 16, 5]
