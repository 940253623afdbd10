# SPDX-License-Identifier: Apache-2.0
"""Pictures of any mode with 8 bits and no transparency, in grey or RGB.

Ingest and `prodl predict` convert in the same way. Large pictures are converted in
bands of rows, so that memory holds one copy of them.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BAND_PIXELS: Final = 1 << 20


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Convert a picture to a mode of Pillow, `L` or `RGB`, without a needless copy."""
    # Pillow would copy a picture that has the mode.
    return image if image.mode == mode else image.convert(mode)


def opaque(image: Image.Image) -> Image.Image:
    """Scale deep pictures to 8 bits and lay transparent ones on white paper.

    Args:
        image: A Pillow image in any mode.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return _scale_to_8_bits(image)
    if image.has_transparency_data:
        return _lay_on_paper(image)
    return image


def _scale_to_8_bits(image: Image.Image) -> Image.Image:
    # Pillow would clip such values instead of scaling them.
    largest = max(_values(band).max() for _, band in _bands(image))
    most = 65535 if largest > 255 else 255
    picture = Image.new("L", image.size)
    for box, band in _bands(image):
        scaled = np.clip(_values(band) * 255 / most, 0, 255).round()
        picture.paste(Image.fromarray(scaled.astype(np.uint8)), box)
    return picture


def _values(band: Image.Image) -> NDArray[np.float32]:
    # A picture of floats may hold NaN.
    return np.nan_to_num(np.asarray(band, np.float32))


def _lay_on_paper(image: Image.Image) -> Image.Image:
    picture = Image.new("RGB", image.size)
    for box, band in _bands(image):
        paper = Image.new("RGBA", band.size, "white")
        on_paper = Image.alpha_composite(paper, band.convert("RGBA"))
        picture.paste(on_paper.convert("RGB"), box)
    return picture


def _bands(
    image: Image.Image,
) -> Iterator[tuple[tuple[int, int, int, int], Image.Image]]:
    """Yield bands of rows with their place in the picture."""
    width, height = image.size
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        box = (0, top, width, min(height, top + rows))
        yield box, image.crop(box)
