# SPDX-License-Identifier: Apache-2.0
"""Intervals of figures on small test sets, by drawing the examples again and again."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

NUM_DRAWS = 1000
# Lower and upper end of the 95 % interval, in percent.
_ENDS = (2.5, 97.5)
# Fixed, so that the same predictions always have the same interval.
_SEED = 0


def interval(
    figure: Callable[[NDArray[np.int64]], float | None],
    count: int,
    draws: int = NUM_DRAWS,
) -> tuple[float, float] | None:
    """95 % interval of a figure, by the percentiles of its bootstrap distribution.

    Args:
        figure: From indices of examples, with repetitions, to the figure; None where
            these examples do not allow it.
        count: Number of examples.
        draws: How often to draw `count` examples. Defaults to 1000.

    Returns:
        Lower and upper end; None if no draw allowed the figure.
    """
    random = np.random.default_rng(_SEED)
    drawn = (figure(random.integers(0, count, count)) for _ in range(draws))
    values = [value for value in drawn if value is not None]
    if not values:
        return None
    low, high = np.percentile(values, _ENDS)
    return float(low), float(high)
