# SPDX-License-Identifier: Apache-2.0
"""Corrupt and unusual image files, as real archives contain them."""

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

Pixels = NDArray[np.uint8]

# Kinds of corrupt files, with the extension that they are given.
KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("truncated", "jpg"),
    ("empty", "jpg"),
    ("png", "jpg"),
    ("animated", "jpg"),
    ("text", "jpg"),
    ("point", "jpg"),
    ("jpeg", "png"),
    ("scrambled", "jpg"),
)


def corrupt_file(kind: str, pixels: Pixels) -> bytes:
    """Encode pixels as a file that must not be trained on.

    Args:
        kind: `truncated`, `scrambled`, `empty`, `png`, `animated`, `text`, `point` (one
            pixel) or `jpeg` (sound, to be given a wrong extension).
        pixels: The picture, (height, width, 3), for the kinds that show one.
    """
    image = Image.fromarray(pixels)
    jpeg = encode_jpeg(pixels, 80)
    if kind == "truncated":
        return jpeg[: len(jpeg) // 2]
    if kind == "scrambled":
        # The header stays, so it is recognised as JPEG; the tables are gone.
        return jpeg[:20] + bytes(len(jpeg) - 20)
    if kind == "png":
        return _encode(image, "PNG")
    if kind == "animated":
        more = [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
        return _encode(image, "GIF", save_all=True, append_images=more)
    if kind == "point":
        return _encode(Image.new("RGB", (1, 1)), "JPEG")
    return {
        "text": b"This is not the picture you are looking for.\n",
        "jpeg": jpeg,
    }.get(kind, b"")


def smaller_copy(pixels: Pixels) -> bytes:
    """Encode three quarters of the size at low quality: a near-duplicate."""
    image = Image.fromarray(pixels)
    size = (image.width * 3 // 4, image.height * 3 // 4)
    smaller = image.resize(size, Image.Resampling.BILINEAR)
    return _encode(smaller, "JPEG", quality=60)


def cmyk_jpeg(pixels: Pixels) -> bytes:
    """Encode as a JPEG in CMYK, which only some decoders accept."""
    return _encode(Image.fromarray(pixels).convert("CMYK"), "JPEG", quality=80)


def rotated_jpeg(pixels: Pixels) -> bytes:
    """Encode lying on its side, with the EXIF orientation that turns it upright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # rotate clockwise by a quarter
    return encode_jpeg(np.rot90(pixels).copy(), 80, exif=exif)


def encode_jpeg(pixels: Pixels, quality: int, **options: Any) -> bytes:
    """Encode pixels, (height, width, 3), as JPEG."""
    return _encode(Image.fromarray(pixels), "JPEG", quality=quality, **options)


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
