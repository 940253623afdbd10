# SPDX-License-Identifier: Apache-2.0
"""Checks on images: size, brightness and contrast. An unreadable image passes them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from components.validation.check_settings import expect_ordered
from components.validation.items.check import (
    Expectation,
    ItemCheck,
    describe_ranges,
    values_between,
)


@dataclass(frozen=True)
class _RangeCheck(ItemCheck):
    """Columns lie in ranges, their ends included: one field of a subclass for each."""

    def __post_init__(self) -> None:
        expect_ordered(**self._ranges())

    def wanted(self, classes: Sequence[str]) -> str:
        return describe_ranges(self._ranges())

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return values_between(self._ranges())

    def _ranges(self) -> dict[str, tuple[float, float]]:
        shared = {field.name for field in fields(ItemCheck)}
        names = [field.name for field in fields(self) if field.name not in shared]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ImageSize(_RangeCheck):
    """Images have the expected size."""

    width: tuple[int, int]
    """Smallest and largest width in pixels."""

    height: tuple[int, int]
    """Smallest and largest height in pixels."""

    channels: tuple[int, int]
    """Fewest and most channels."""


@dataclass(frozen=True)
class PixelRange(_RangeCheck):
    """Pixel statistics of every image lie in a range; pixel values are 0 to 255."""

    mean: tuple[float, float]
    """Smallest and largest mean over the pixels of an image."""

    std: tuple[float, float]
    """Smallest and largest standard deviation over the pixels of an image."""


@dataclass(frozen=True)
class ImagesAreNotBlank(ItemCheck):
    """No image has a single colour."""

    std_above: float
    """Standard deviation over the pixels that every image must exceed."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"std > {self.std_above:g}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        kwargs = {"column": "std", "min_value": self.std_above, "strict_min": True}
        return [Expectation("ExpectColumnValuesToBeBetween", kwargs)]
