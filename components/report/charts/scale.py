# SPDX-License-Identifier: Apache-2.0
"""Scales: the mapping of values to pixels, and the ticks of an axis."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from components.core.number_format import are_years

_LARGEST: Final = 1e300  # the difference of two such values is finite


class Values(Protocol):
    """A sequence of numbers: list, tuple or NumPy array; `None` is a gap."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, index: int, /) -> Any: ...


@dataclass(frozen=True)
class Scale:
    """A mapping of values to pixels."""

    low: float
    """Smallest value."""

    high: float
    """Largest value, above `low`."""

    start: float
    """Pixel of `low`."""

    end: float
    """Pixel of `high`."""

    is_log: bool = False
    """Whether the scale is logarithmic."""

    is_whole: bool = False
    """Whether all values are whole, so that ticks between them make no sense."""

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        if self.is_log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """Return about `count` round values between `low` and `high`."""
        if self.is_log:
            return _log_ticks(self.low, self.high)
        step = _round_step((self.high - self.low) / max(1, count))
        if self.is_whole:
            step = max(1, math.ceil(step))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]


def linear(
    values: Iterable[float], start: float, end: float, pad: float = 0.06
) -> Scale:
    """Make a linear scale that covers all finite values.

    Args:
        values: Values to be covered.
        start: Pixel of the low end.
        end: Pixel of the high end.
        pad: Padding at either end, as a share of the range. Defaults to 0.06.
    """
    known = finite(values)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    # Below this the labels of the ticks would be equal.
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = abs(low) * 0.1 or 0.5
        return Scale(low - room, high + room, start, end)
    room = (high - low) * pad
    return Scale(low - room, high + room, start, end)


def logarithmic(values: Iterable[float], start: float, end: float) -> Scale:
    """Make a logarithmic scale that covers all positive values."""
    known = [value for value in finite(values) if value > 0]
    low, high = (min(known), max(known)) if known else (0.1, 1.0)
    return Scale(low / 1.2, high * 1.2, start, end, is_log=True)


def finite(values: Iterable[Any]) -> list[float]:
    """Return the finite values as floats."""
    known = (float(value) for value in values if value is not None)
    return [value for value in known if abs(value) < _LARGEST]


def _round_step(rough: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        ticks = [
            f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high
        ]
        if len(ticks) >= 3:
            break
    return ticks[:: math.ceil(len(ticks) / 7) or 1]


def tick_labels(ticks: Sequence[float], is_log: bool = False) -> list[str]:
    """Format ticks with as many decimals as their distance needs."""
    return [label.replace("-", "\u2212") for label in _plain_labels(ticks, is_log)]


def _plain_labels(ticks: Sequence[float], is_log: bool) -> list[str]:
    if is_log or len(ticks) < 2:
        return [f"{tick:.3g}" for tick in ticks]
    step = ticks[1] - ticks[0]
    if max(abs(tick) for tick in ticks) >= 1e6 or step < 1e-4:
        return [f"{tick:.3g}" for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
        decimals += 1
    mark = "" if are_years(ticks) else ","
    return [f"{tick + 0.0:{mark}.{decimals}f}" for tick in ticks]
