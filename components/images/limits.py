# SPDX-License-Identifier: Apache-2.0
"""Limits of pictures from outside: a few bytes can describe hours of work."""

from typing import Final

# Of a camera; a larger picture is most likely a decompression bomb.
MEGAPIXELS: Final = 30
MAX_PIXELS: Final = MEGAPIXELS * 1_000_000
TOO_MANY_PIXELS: Final = f"too many pixels: at most {MEGAPIXELS} megapixels"
# A progressive JPEG has about ten scans. Each takes the time of the whole picture, and
# one that changes nothing has a few bytes.
MAX_SCANS: Final = 100
_START_OF_SCAN: Final = b"\xff\xda"


def too_many_pixels(width: int, height: int) -> str:
    """Say that a picture is too large, in words; "" if it is not."""
    if width * height <= MAX_PIXELS:
        return ""
    return f"too many pixels: {width} x {height}, at most {MEGAPIXELS} megapixels"


def too_many_scans(jpeg: bytes) -> str:
    """Say that a JPEG has too many scans, in words; "" if it has not.

    Args:
        jpeg: The bytes of the file.
    """
    # In coded data 0xff is followed by 0, so this is the marker.
    num_scans = jpeg.count(_START_OF_SCAN)
    if num_scans <= MAX_SCANS:
        return ""
    return f"too many scans: {num_scans:,}, at most {MAX_SCANS}"
