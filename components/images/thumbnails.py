# SPDX-License-Identifier: Apache-2.0
"""Thumbnails of photographs, for a report or for a measurement of their colours."""

import io
from typing import Final

from PIL import Image

REPORT_SIDE: Final = 200


def jpeg_thumbnail(encoded: bytes, side: int = REPORT_SIDE) -> bytes:
    """Shrink an encoded photograph and encode it as JPEG.

    Args:
        encoded: Bytes of a picture file.
        side: Longer side in pixels at most. Defaults to 200, as a report needs it.
    """
    buffer = io.BytesIO()
    open_thumbnail(encoded, side).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()


def open_thumbnail(encoded: bytes, side: int) -> Image.Image:
    """Decode a photograph as a small RGB image.

    Args:
        encoded: Bytes of a picture file.
        side: Longer side in pixels at most.
    """
    file = Image.open(io.BytesIO(encoded))
    # JPEG decodes at a fraction of its size for a fraction of the time.
    file.draft("RGB", (side, side))
    image = file.convert("RGB")
    image.thumbnail((side, side))
    return image
