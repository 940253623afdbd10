# SPDX-License-Identifier: Apache-2.0
"""Many small images on one sheet, as PNG: a page then holds one picture of them all."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def image_sheet(images: "NDArray[Any]", columns: int, gap: int = 0) -> bytes:
    """Lay uint8 images (n, height, width, channels) out in rows.

    Args:
        images: One or more, with one channel or three.
        columns: Images in a row; the last row may be shorter.
        gap: Black pixels between images. Defaults to 0.

    Raises:
        ValueError: If there are no images.
    """
    import numpy as np
    from PIL import Image

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
