# SPDX-License-Identifier: Apache-2.0
"""Limits from what was seen, with margins that know how much was seen."""

import math
from collections.abc import Callable, Sequence
from typing import Final

# Standard errors that a limit lies beyond what was seen: chance alone exceeds it in one
# of a thousand data sets.
SIGMAS: Final = 3.0
# The extreme values of a column are compared with the fifth from each end.
_TAIL: Final = 5
_SMALLEST_MARGIN: Final = 0.1


def largest_share(count: int, total: int) -> float:
    """Upper limit of a share: Wilson's bound at `SIGMAS`, rounded up.

    Args:
        count: Items seen with the property.
        total: Items seen.

    Example:
        >>> largest_share(0, 344)
        0.026
    """
    square = SIGMAS**2
    share = count / total
    centre = share + square / (2 * total)
    spread = SIGMAS * math.sqrt(
        share * (1 - share) / total + square / (4 * total * total)
    )
    return min(1.0, round_up((centre + spread) / (1 + square / total)))


def fewest(count: int) -> int:
    """Lower limit of a count: `SIGMAS` Poisson deviations below, at least 1."""
    return max(1, math.floor(count - SIGMAS * math.sqrt(count)))


def count_range(count: int) -> tuple[int, int]:
    """Range of a number of items: a fifth fewer to half as many again.

    A lost file, or rows that were joined twice, lie outside.
    """
    return math.floor(0.8 * count), math.ceil(1.5 * count)


def value_range(
    values: Sequence[float],
    smallest: float = -math.inf,
    largest: float = math.inf,
    is_whole: bool = False,
) -> tuple[float, float]:
    """Range of a number: what was seen, and a margin.

    The margin is a share of the range, larger for few values, or the gap between the
    extreme value and the fifth from its end, where values lie apart. Numbers that were
    never negative stay so.

    Args:
        values: The values seen, at least one.
        smallest: Smallest value that can be.
        largest: Largest value that can be.
        is_whole: Whether the ends are to be whole numbers. Defaults to False.

    Example:
        >>> value_range([13.1, 17.2, 21.5])
        (7.0, 28.0)
    """
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    share = _SMALLEST_MARGIN + 1 / math.sqrt(len(ordered))
    # One value that never changed leaves a tenth of itself.
    base = share * (high - low) or _SMALLEST_MARGIN * abs(high) or 1.0
    depth = min(_TAIL, len(ordered)) - 1
    below = max(base, ordered[depth] - low)
    above = max(base, high - ordered[-1 - depth])
    if low >= 0:
        smallest = max(smallest, 0.0)
    if high <= 0:
        largest = min(largest, 0.0)
    unit = 10 ** math.floor(math.log10(min(below, above)))
    if is_whole:
        unit = max(1, unit)
    # Rounded outwards to the first digit of the margin.
    first = max(smallest, math.floor((low - below) / unit) * unit)
    last = min(largest, math.ceil((high + above) / unit) * unit)
    return float(f"{first:.12g}"), float(f"{last:.12g}")


def round_up(value: float, digits: int = 2) -> float:
    """Round up to so many significant digits. Defaults to two."""
    return _rounded(value, digits, math.ceil)


def round_down(value: float, digits: int = 2) -> float:
    """Round down to so many significant digits. Defaults to two."""
    return _rounded(value, digits, math.floor)


def _rounded(value: float, digits: int, whole: Callable[[float], int]) -> float:
    if not value:
        return 0.0
    power = digits - 1 - math.floor(math.log10(abs(value)))
    # 0.3 * 10 is 3.0000000000000004, which must not become 4.
    scale = 10.0**power
    return round(whole(round(value * scale, 6)) / scale, max(power, 0))
