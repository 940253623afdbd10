# SPDX-License-Identifier: Apache-2.0
"""Limits of pictures from outside: a few bytes can describe hours of work."""

import re
from typing import Final

# Of a camera; a larger picture is most likely a decompression bomb.
MEGAPIXELS: Final = 30
MAX_PIXELS: Final = MEGAPIXELS * 1_000_000
TOO_MANY_PIXELS: Final = f"too many pixels: at most {MEGAPIXELS} megapixels"
# A progressive JPEG has about ten scans. Each takes the time of the whole picture, and
# one that changes nothing has a few bytes.
MAX_SCANS: Final = 100
_START_OF_SCAN: Final = b"\xff\xda"
_END: Final = b"\xff\xd9"
_WITHOUT_LENGTH: Final = (b"\xff\xd8", b"\xff\x01")
# In coded data 0xff is followed by 0, or begins a restart marker.
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MAX_SEGMENTS: Final = 10_000


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
    # Few photographs have so many of these two bytes at all, in a film behind the
    # picture for example.
    if jpeg.count(_START_OF_SCAN) <= MAX_SCANS or _count_scans(jpeg) <= MAX_SCANS:
        return ""
    return f"too many scans: more than {MAX_SCANS}"


def _count_scans(jpeg: bytes) -> int:
    """Count scans of the first picture; above the limit, or if it has no end, stop."""
    position = num_scans = num_segments = 0
    while marker := _MARKER.search(jpeg, position):
        num_segments += 1
        if marker[0] == _END or num_scans > MAX_SCANS:
            break
        if num_segments > _MAX_SEGMENTS:
            return MAX_SCANS + 1
        position = marker.end()
        if marker[0] not in _WITHOUT_LENGTH:
            num_scans += marker[0] == _START_OF_SCAN
            length = int.from_bytes(jpeg[position : position + 2], "big")
            position += max(2, length)
    return num_scans
