# SPDX-License-Identifier: Apache-2.0
"""Deviation of ratings around their predictions, in the unit of their scale."""

from dataclasses import replace

import pytest

from components.trainer.ratings.training import residual_deviation
from tests.support.datasets.ratings import LAYOUT
from tests.support.models.ratings import draw_ratings


@pytest.mark.parametrize("unit", [0.1, 1.0])
def test_deviation_of_exact_predictions_is_a_share_of_the_scale(unit: float) -> None:
    known = draw_ratings().data.validation
    ratings = replace(known, values=known.values * unit)
    layout = replace(LAYOUT, values=tuple(unit * place for place in range(1, 6)))
    exact = residual_deviation(ratings.values, ratings, layout)
    assert exact == pytest.approx(0.05 * unit)
    off = residual_deviation(ratings.values + unit, ratings, layout)
    assert off == pytest.approx(unit)
