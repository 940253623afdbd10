# SPDX-License-Identifier: Apache-2.0
"""Ratings of examples are those of their scale."""

import numpy as np
import pytest

from components.recommendation.ratings import nearest_ratings


@pytest.mark.parametrize("step", [0.1, 0.2, 0.5, 1.0])
def test_rating_that_float32_rounds_is_that_of_the_scale(step: float) -> None:
    scale = tuple(round(step * place, 1) for place in range(1, 21))
    stored = np.array(scale, np.float32)
    assert nearest_ratings(stored, scale).tolist() == list(scale)
    assert nearest_ratings([], scale).shape == (0,)
