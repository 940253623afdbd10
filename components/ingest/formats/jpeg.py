# SPDX-License-Identifier: Apache-2.0
"""Inspection of a photograph: whether it is a sound JPEG, and its properties.

Only JPEG is accepted, because all later decoders agree on it. The picture is decoded
once, at the reduced scale that JPEG decoders offer: all coded bytes are read, so damage
is found, at a fraction of the cost. The bytes are kept unchanged but for two
conversions, each recorded: a picture with an EXIF orientation is rotated upright, since
TensorFlow ignores EXIF, and CMYK becomes RGB, since TensorFlow refuses CMYK.
"""

import io
import warnings
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from components.contracts.features import CONVERTED_COMMENT
from components.images.limits import (
    MAX_PIXELS,
    TOO_MANY_PIXELS,
    too_many_pixels,
    too_many_scans,
)
from components.ingest.formats.perceptual_hash import perceptual_hash
from components.ingest.formats.thumbnails import partial_thumbnail, thumbnail
from components.ingest.item import pixels_sha256

# Set here, so that they do not depend on the defaults of Pillow.
MIN_SIDE: Final = 16
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False

# Pictures are decoded at the smallest scale whose shorter side has at least this many
# pixels. A little below 96, so that 500 x 374, a common size, is decoded at a quarter.
DECODED_SIDE: Final = 90
EXTENSIONS: Final = ("jpg", "jpeg", "jpe", "jfif")

_JPEG: Final = b"\xff\xd8\xff"
_SIGNATURES: Final = (
    (_JPEG, "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)


@dataclass(frozen=True)
class Photograph:
    """The result of an inspection."""

    image: bytes = b""
    """Bytes of a JPEG, as the examples hold them."""

    width: int = 0
    """Width in pixels, 0 if it could not be read."""

    height: int = 0
    """Height in pixels."""

    channels: int = 0
    """1 for grey, 3 for colour."""

    mean: float = 0.0
    """Mean of the decoded pixels, scale 0-255."""

    std: float = 0.0
    """Standard deviation of the decoded pixels."""

    content_sha256: str = ""
    """Checksum over full size and decoded pixels; "" for a faulty one."""

    perceptual_hash: str = ""
    """Perceptual hash, 64 hex digits; "" for a faulty one."""

    thumbnail: bytes = b""
    """A small JPEG, b"" if nothing could be decoded."""

    conversion: str = ""
    """How the bytes were converted, "" if they were not."""

    fault: str = ""
    """Why it must not be used, as `reason: detail`; "" for a sound one."""


def inspect_jpeg(
    content: bytes, extension: str, min_side: int = MIN_SIDE
) -> Photograph:
    """Check and measure a file; any content gives a result, never an error.

    Args:
        content: The bytes of the file.
        extension: Extension of its name, without the dot.
        min_side: Pixels that its shorter side must have. Defaults to 16.
    """
    if not content:
        return Photograph(fault="empty file")
    found = detect_format(content)
    if fault := _format_fault(found, extension.lower()):
        return _describe_non_jpeg(content, fault, found)
    # Pillow warns of decompression bombs; the number of pixels is checked below.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _decode_jpeg(content, min_side)


def _decode_jpeg(content: bytes, min_side: int) -> Photograph:
    try:
        image = Image.open(io.BytesIO(content), formats=["JPEG"])
    except Image.DecompressionBombError:
        # More than twice the limit.
        return Photograph(fault=TOO_MANY_PIXELS)
    except Exception as error:
        # Decoders raise any exception for a damaged file.
        return Photograph(fault=damage_reason(error))
    size = Photograph(width=image.width, height=image.height)
    dimensions = f"{image.width} x {image.height}"
    if fault := excess(image, content):
        return replace(size, fault=fault)
    if min(image.size) < min_side:
        return replace(size, fault=f"too small: {dimensions}")
    try:
        converted, conversion = _convert(image)
        if conversion:
            content, image = converted, Image.open(io.BytesIO(converted))
        return measure(content, image, conversion)
    except Exception as error:
        preview = partial_thumbnail(image)
        return replace(size, fault=damage_reason(error), thumbnail=preview)


def _convert(image: Image.Image) -> tuple[bytes, str]:
    """Return an upright RGB JPEG and what was done; both empty if nothing was."""
    orientation = 1
    if "exif" in image.info:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    done = []
    if orientation in range(2, 9):
        done.append(f"turned upright (EXIF {orientation})")
    if image.mode not in ("L", "RGB"):
        done.append(f"{image.mode} to RGB")
    if not done:
        return b"", ""
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in ("L", "RGB"):
        upright = upright.convert("RGB")
    buffer = io.BytesIO()
    comment = f"{CONVERTED_COMMENT}{', '.join(done)}"
    upright.save(buffer, "JPEG", quality=95, subsampling=0, comment=comment)
    return buffer.getvalue(), ", ".join(done)


def measure(content: bytes, image: Image.Image, conversion: str) -> Photograph:
    """Measure a sound picture.

    Args:
        content: The bytes that the examples will hold.
        image: The picture in grey or RGB; a JPEG is decoded at a reduced scale.
        conversion: How the bytes were converted, "" if they were not.
    """
    width, height = image.size
    image.draft(image.mode, (DECODED_SIDE, DECODED_SIDE))
    image.load()
    pixels = np.asarray(image)
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    mean, std = _mean_and_std(image)
    return Photograph(
        image=content,
        width=width,
        height=height,
        channels=channels,
        mean=mean,
        std=std,
        content_sha256=pixels_sha256((height, width, channels), pixels.tobytes()),
        perceptual_hash=perceptual_hash(image),
        thumbnail=thumbnail(image),
        conversion=conversion,
    )


def _mean_and_std(image: Image.Image) -> tuple[float, float]:
    """Mean and standard deviation from integer sums: equal on every machine, fast."""
    counts = np.array(image.histogram(), np.int64).reshape(-1, 256).sum(axis=0)
    values = np.arange(256)
    total = int(counts.sum())
    mean = int((counts * values).sum()) / total
    square = int((counts * values * values).sum()) / total
    return mean, max(0.0, square - mean * mean) ** 0.5


def detect_format(content: bytes) -> str:
    """Name of the format of a picture by its first bytes; "" for an unknown one."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    known = (name for magic, name in _SIGNATURES if content.startswith(magic))
    return next(known, "")


def _format_fault(found: str, extension: str) -> str:
    is_jpeg_name = extension in EXTENSIONS
    if found == "JPEG" and is_jpeg_name:
        return ""
    if found and (found == "JPEG" or is_jpeg_name):
        return f"mislabelled extension: {found} in .{extension}"
    return f"not a JPEG: {found or 'unknown bytes'}"


def _describe_non_jpeg(content: bytes, fault: str, found: str) -> Photograph:
    """Size, frames and a thumbnail of a picture in another format, if readable."""
    formats = [found.upper()] if found else []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=formats)
            if too_much := excess(image, content):
                return Photograph(fault=f"{fault}, {too_much}")
            notes = _notes(image)
            preview = thumbnail(image.convert("RGB"))
    except Exception:
        # As above; this file is left out anyway.
        return Photograph(fault=fault)
    return Photograph(
        width=image.width,
        height=image.height,
        fault=", ".join((fault, *notes)),
        thumbnail=preview,
    )


def excess(image: Image.Image, content: bytes) -> str:
    """Say which limit a picture exceeds, before it is decoded; "" for none."""
    too_large = too_many_pixels(*image.size)
    is_jpeg = content.startswith(_JPEG)
    return too_large or (too_many_scans(content) if is_jpeg else "")


def _notes(image: Image.Image) -> list[str]:
    notes = ["16 bits per channel"] if image.mode.startswith("I") else []
    if getattr(image, "is_animated", False):
        notes.append("animated")
    return notes


def damage_reason(error: Exception) -> str:
    """Message of a decoder in one line, as `truncated: ...` or `corrupt: ...`."""
    if isinstance(error, UnidentifiedImageError):
        # Pillow's own words have an address in memory.
        return "corrupt: cannot identify image file"
    words = " ".join(str(error).split())[:120] or type(error).__name__
    reason = "truncated" if "truncated" in words.lower() else "corrupt"
    return f"{reason}: {words}"
