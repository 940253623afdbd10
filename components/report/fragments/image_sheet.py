# SPDX-License-Identifier: Apache-2.0
"""Sheets of small images: one PNG file with all of them in rows."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def image_sheet(images: NDArray[np.uint8], columns: int, gap: int = 0) -> bytes:
    """Arrange images in rows and encode the sheet as PNG.

    Args:
        images: Images (n, height, width, channels) with one channel or three.
        columns: Images in a row; the last row may be shorter.
        gap: Black pixels between images. Defaults to 0.

    Raises:
        ValueError: If there are no images.
    """
    if not len(images):
        raise ValueError("image_sheet: expected one image or more.\nReceived none.")
    num, height, width, channels = images.shape
    rows = -(-num // columns)
    cell = (height + gap, width + gap)
    sheet = np.zeros((rows * cell[0], columns * cell[1], channels), np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * cell[0], index % columns * cell[1]
        sheet[top : top + height, left : left + width] = image
    trimmed = sheet[: rows * cell[0] - gap, : columns * cell[1] - gap]
    content = io.BytesIO()
    Image.fromarray(trimmed.squeeze()).save(content, format="PNG")
    return content.getvalue()
