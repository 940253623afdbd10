# SPDX-License-Identifier: Apache-2.0
"""Thumbnails of pictures, as small JPEGs for reports."""

import io
from typing import Final

from PIL import Image

THUMBNAIL_SIDE: Final = 96


def thumbnail(image: Image.Image) -> bytes:
    """Encode a picture as a JPEG whose longer side has `THUMBNAIL_SIDE` pixels."""
    scale = THUMBNAIL_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.5)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=75)
    return buffer.getvalue()


def partial_thumbnail(image: Image.Image) -> bytes:
    """Encode what was decoded of a damaged picture; b"" if nothing was."""
    try:
        # Without tiles Pillow does not decode again and keeps the pixels it has.
        image.tile = []  # type: ignore[attr-defined]
        return thumbnail(image.convert("RGB"))
    except Exception:
        # Decoders raise any exception for a damaged file.
        return b""
