# SPDX-License-Identifier: Apache-2.0
"""Make any picture of a digit look like MNIST's, which were all made in one way."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 28
# MNIST's digits were scaled to fit 20 x 20, then centred by mass in 28 x 28.
INK_SIDE = 20
# Grey levels between ink and paper below which a picture counts as blank.
_LEAST_CONTRAST = 32
# Share of the darkest ink from which a pixel counts as ink.
_INK_SHARE = 0.2


def fit_digit(image: Any) -> NDArray[np.uint8]:
    """Bring a picture to 28 x 28 pixels, bright ink on black.

    A picture with a bright border is inverted. One that is not 28 x 28 is cleared of
    its paper, cut to its ink, scaled to fit 20 x 20 and centred by mass.

    Args:
        image: A Pillow image in any mode and size.

    Returns:
        uint8 (28, 28).

    Raises:
        ValueError: If there is no ink: the picture has one colour only.
    """
    pixels = as_grey(image)
    paper = float(np.median(_border(pixels)))
    if paper > 127:
        pixels, paper = 255 - pixels, 255 - paper
    if np.abs(pixels - paper).max() < _LEAST_CONTRAST:
        raise ValueError("the picture is blank: it has no ink that stands out")
    if pixels.shape == (SIDE, SIDE):
        return pixels.round().astype(np.uint8)
    ink = np.clip(pixels - paper, 0, None)
    return _centre(_scale(_cut(ink * 255 / ink.max())))


def as_grey(image: Any) -> NDArray[np.float32]:
    """Grey levels of a picture, from 0 for black to 255 for white.

    Args:
        image: A Pillow image in any mode: deep ones are scaled, transparent ones lie
            on white paper.
    """
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        # More than 8 bits: Pillow would cut them off instead of scaling.
        deep = np.asarray(image, np.float32)
        most = 65535 if deep.max() > 255 else 255
        return np.clip(deep * 255 / most, 0, 255).astype(np.float32)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        # What is transparent shows the paper below.
        picture = image.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        image = Image.alpha_composite(paper, picture)
    return np.asarray(image.convert("L"), np.float32)


def _border(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return np.concatenate(edges)


def _cut(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    is_ink = ink >= _INK_SHARE * 255
    rows = np.flatnonzero(is_ink.any(axis=1))
    columns = np.flatnonzero(is_ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    from PIL import Image

    height, width = ink.shape
    scale = INK_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(scaled, np.float32)


def _centre(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Put the centre of mass into the middle, but no ink beyond the edge."""
    tops = []
    for axis, length in enumerate(ink.shape):
        mass = ink.sum(axis=1 - axis)
        middle = float((mass * (np.arange(length) + 0.5)).sum() / mass.sum())
        tops.append(min(max(round(SIDE / 2 - middle), 0), SIDE - length))
    canvas = np.zeros((SIDE, SIDE), np.float32)
    canvas[tops[0] : tops[0] + ink.shape[0], tops[1] : tops[1] + ink.shape[1]] = ink
    return np.clip(canvas, 0, 255).round().astype(np.uint8)
