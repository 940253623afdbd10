# SPDX-License-Identifier: Apache-2.0
"""Normalisation of a picture of a drawing to the format of a data set of drawings."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.serving.pictures import to_grey, turn_upright

# Grey levels between ink and paper below which a picture counts as blank.
_LEAST_CONTRAST: Final = 32
# Share of the darkest ink from which a pixel counts as ink.
_INK_SHARE: Final = 0.2


def fit_drawing(
    image: Image.Image, shape: tuple[int, ...], ink_box: int
) -> NDArray[np.uint8]:
    """Convert a picture to a drawing like those of a data set, bright ink on black.

    A picture with a bright border is inverted. Unless it has the right size, its
    background is removed, and it is cropped to the ink, scaled to fit a square box and
    centred by mass.

    Args:
        image: A Pillow image in any mode and size.
        shape: Height, width and channels of the data set's images; one channel.
        ink_box: Side of the box in pixels.

    Returns:
        uint8 of that shape.

    Raises:
        ValueError: If nothing stands out: the picture has one colour only.
    """
    height, width = shape[:2]
    turn_upright(image)
    pixels = to_grey(image)
    paper = float(np.median(_border(pixels)))
    if paper > 127:
        # In place, here and below: a large picture takes 100 MB.
        np.subtract(255, pixels, out=pixels)
        paper = 255 - paper
    if max(pixels.max() - paper, paper - pixels.min()) < _LEAST_CONTRAST:
        raise ValueError("the picture is blank: it has no ink that stands out")
    if pixels.shape == (height, width):
        return pixels.round().astype(np.uint8).reshape(shape)
    scaled = _scale(_cut(_bring_out(pixels, paper)), ink_box)
    return _centre(scaled, (height, width)).reshape(shape)


def _bring_out(pixels: NDArray[np.float32], paper: float) -> NDArray[np.float32]:
    """Turn grey levels in place into ink, 0 for paper to 255 for the darkest."""
    pixels -= paper
    np.maximum(pixels, 0, out=pixels)
    darkest = pixels.max()
    if darkest == 0:
        raise ValueError("the picture has no ink, only spots on it that are lighter")
    pixels *= 255
    pixels /= darkest
    return pixels


def _border(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return np.concatenate(edges)


def _cut(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    is_ink = ink >= _INK_SHARE * 255
    rows = np.flatnonzero(is_ink.any(axis=1))
    columns = np.flatnonzero(is_ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale(ink: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    height, width = ink.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(scaled, np.float32)


def _centre(ink: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Move the centre of mass to the middle, as far as the ink stays inside."""
    tops = []
    for axis, (length, side) in enumerate(zip(ink.shape, size, strict=True)):
        mass = ink.sum(axis=1 - axis)
        middle = float((mass * (np.arange(length) + 0.5)).sum() / mass.sum())
        tops.append(min(max(round(side / 2 - middle), 0), side - length))
    canvas = np.zeros(size, np.float32)
    canvas[tops[0] : tops[0] + ink.shape[0], tops[1] : tops[1] + ink.shape[1]] = ink
    return np.clip(canvas, 0, 255).round().astype(np.uint8)
