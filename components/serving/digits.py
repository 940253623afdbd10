# SPDX-License-Identifier: Apache-2.0
"""Normalisation of a picture of a digit to the format of MNIST."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.serving.pictures import to_grey

SIDE: Final = 28
# MNIST's digits were scaled to fit 20 x 20, then centred by mass in 28 x 28.
INK_SIDE: Final = 20
# Grey levels between ink and paper below which a picture counts as blank.
_LEAST_CONTRAST: Final = 32
# Share of the darkest ink from which a pixel counts as ink.
_INK_SHARE: Final = 0.2


def fit_digit(image: Image.Image) -> NDArray[np.uint8]:
    """Convert a picture to 28 x 28 pixels, bright ink on black.

    A picture with a bright border is inverted. Unless it is 28 x 28, its background is
    removed, and it is cropped to the ink, scaled to fit 20 x 20 and centred by mass.

    Args:
        image: A Pillow image in any mode and size.

    Returns:
        uint8 (28, 28).

    Raises:
        ValueError: If nothing stands out: the picture has one colour only.
    """
    pixels = to_grey(image)
    paper = float(np.median(_border(pixels)))
    if paper > 127:
        pixels, paper = 255 - pixels, 255 - paper
    if np.abs(pixels - paper).max() < _LEAST_CONTRAST:
        raise ValueError("the picture is blank: it has no ink that stands out")
    if pixels.shape == (SIDE, SIDE):
        return pixels.round().astype(np.uint8)
    ink = np.clip(pixels - paper, 0, None)
    return _centre(_scale(_cut(ink * 255 / ink.max())))


def _border(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return np.concatenate(edges)


def _cut(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    is_ink = ink >= _INK_SHARE * 255
    rows = np.flatnonzero(is_ink.any(axis=1))
    columns = np.flatnonzero(is_ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = ink.shape
    scale = INK_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(scaled, np.float32)


def _centre(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Move the centre of mass to the middle, as far as the ink stays inside."""
    tops = []
    for axis, length in enumerate(ink.shape):
        mass = ink.sum(axis=1 - axis)
        middle = float((mass * (np.arange(length) + 0.5)).sum() / mass.sum())
        tops.append(min(max(round(SIDE / 2 - middle), 0), SIDE - length))
    canvas = np.zeros((SIDE, SIDE), np.float32)
    canvas[tops[0] : tops[0] + ink.shape[0], tops[1] : tops[1] + ink.shape[1]] = ink
    return np.clip(canvas, 0, 255).round().astype(np.uint8)
