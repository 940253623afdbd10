# SPDX-License-Identifier: Apache-2.0
"""Image filters in words, as the key `filters` of a recipe lists them.

mean 3             mean of a window of 3 x 3 pixels
median 3           its median
gaussian 5         normalised Gaussian;  gaussian 21 2.236: with its deviation in pixels
high pass 5        the image less its Gaussian
sharpen 5          the image and its high pass;  sharpen 5 0.5: half of the latter
sobel x            gradient from left to right;  sobel y: from top to bottom
sobel magnitude    length of both gradients together
identity           the image itself

Windows have an odd size, so that they have a centre. `components.images.filters`
applies them; the words stand apart from it because settings are read without
TensorFlow.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from components.core.checks import expect

FilterKind = Literal[
    "mean",
    "median",
    "gaussian",
    "high pass",
    "sharpen",
    "sobel x",
    "sobel y",
    "sobel magnitude",
    "identity",
]
Whitening = Literal["none", "pca", "zca"]

LARGEST_WINDOW: Final = 31
_NUMBER: Final = r"\d+(?:\.\d+)?"
_PATTERN: Final = re.compile(
    rf"(?P<window>mean|median|high pass) (?P<size>\d+)"
    rf"|(?P<scaled>gaussian|sharpen) (?P<side>\d+)(?: (?P<number>{_NUMBER}))?"
    r"|(?P<plain>sobel (?:x|y|magnitude)|identity)"
)


@dataclass(frozen=True)
class FilterSpec:
    """One filter."""

    kind: FilterKind
    """Its name."""

    size: int = 3
    """Height and width of its window in pixels."""

    deviation: float = 0.0
    """Standard deviation of the Gaussian in pixels; 0 if the filter has none."""

    amount: float = 1.0
    """Share of the high pass that `sharpen` adds."""


def parse_filter(text: str) -> FilterSpec:
    """Parse the description of one filter.

    Raises:
        ValueError: If the description is not valid.

    Example:
        >>> parse_filter("gaussian 5")
        FilterSpec(kind='gaussian', size=5, deviation=1.1, amount=1.0)
    """
    match = _PATTERN.fullmatch(text)
    words = "'mean 3', 'median 3', 'gaussian 5', 'high pass 5', 'sharpen 5', 'sobel x'"
    expect(match is not None, "filters", f"words like {words}", text)
    assert match is not None  # noqa: S101 - `expect` raised otherwise
    part = match.groupdict()
    kind = cast(FilterKind, part["plain"] or part["window"] or part["scaled"])
    if part["plain"]:
        return FilterSpec(kind)
    size = int(part["size"] or part["side"])
    is_window = size % 2 == 1 and 3 <= size <= LARGEST_WINDOW
    wanted = f"windows of an odd size from 3 to {LARGEST_WINDOW}"
    expect(is_window, "filters", wanted, text)
    if kind in ("mean", "median"):
        return FilterSpec(kind, size)
    number = float(part["number"] or 0)
    expect(part["number"] is None or number > 0, "filters", "numbers above 0", text)
    if kind == "sharpen":
        return FilterSpec(kind, size, default_deviation(size), number or 1.0)
    return FilterSpec(kind, size, number or default_deviation(size))


def default_deviation(size: int) -> float:
    """Return the deviation of a Gaussian of which a window holds nearly all.

    That of OpenCV.

    Args:
        size: Height and width of the window in pixels.
    """
    return round(0.3 * ((size - 1) / 2 - 1) + 0.8, 6)
