# SPDX-License-Identifier: Apache-2.0
"""Examine one photograph: is it a sound JPEG, and what are its facts.

JPEG alone is taken, as every decoder behind agrees on it. The picture is decoded once,
at the reduced scale that JPEG offers for free: that reads every coded byte, so damage
shows, at a fraction of the cost. Its bytes are kept as they are but for two
conversions, each recorded: a picture that EXIF says is turned is turned upright, and
one in CMYK becomes RGB, because TensorFlow ignores the one and refuses the other.
"""

import io
import warnings
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps

from components.contracts.items import CONVERTED_COMMENT
from components.ingest.item import content_sha256

# Explicit, whatever the defaults of the library become.
MAX_PIXELS: Final = 64_000_000
MIN_SIDE: Final = 16
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False

# The shorter side of what is decoded is at least this, where the picture has as much:
# so little less than 96 that a quarter of 500 x 374, common among photographs, will do.
DECODED_SIDE: Final = 90
THUMBNAIL_SIDE: Final = 96
LOOK_SIDE: Final = 32
EXTENSIONS: Final = ("jpg", "jpeg", "jpe", "jfif")

_SIGNATURES: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
# What noise of one grey level makes of a frequency: signs below it say nothing.
_GREY_LEVEL: Final = 1024 * 1024 * LOOK_SIDE // 2


@dataclass(frozen=True)
class Photograph:
    """What one file turned out to be.

    Attributes:
        image: Bytes of a JPEG as the examples hold them.
        width: Width in pixels, 0 where it could not be read.
        height: Height in pixels.
        channels: 1 for grey, 3 for colour.
        mean: Mean of the decoded pixels, scale 0-255.
        std: Their standard deviation.
        content_sha256: Over full size and decoded pixels; "" for a faulty one.
        look: How it looks, 64 hex digits; "" for a faulty one.
        thumbnail: A small JPEG, b"" where nothing could be decoded.
        conversion: What was done to the bytes, "" if nothing.
        fault: Why it must not be used, as `reason: detail`; "" for a sound one.
    """

    image: bytes = b""
    width: int = 0
    height: int = 0
    channels: int = 0
    mean: float = 0.0
    std: float = 0.0
    content_sha256: str = ""
    look: str = ""
    thumbnail: bytes = b""
    conversion: str = ""
    fault: str = ""


def examine(content: bytes, extension: str) -> Photograph:
    """Judge a file and measure it; nothing is raised whatever it holds.

    Args:
        content: The bytes of the file.
        extension: What its name ends in, without the dot.
    """
    if not content:
        return Photograph(fault="empty file")
    found = _format_of(content)
    if fault := _format_fault(found, extension.lower()):
        return _describe_rest(content, fault, found)
    # A bomb is looked for below, by its pixels.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _examine_jpeg(content)


def look_of(image: Image.Image) -> str:
    """Hash how a picture looks: which of its lowest spatial frequencies are positive.

    Of the 256 bits, copies in another size, quality or brightness differ in a few,
    other pictures in about half. Whole numbers only, so any machine gives the same.
    """
    small = image.convert("L").resize((LOOK_SIDE, LOOK_SIDE), Image.Resampling.BILINEAR)
    cosines = _cosines()
    frequencies = cosines @ np.asarray(small, np.int64) @ cosines.T
    # The first is the brightness of the whole, which no sign can tell.
    frequencies[0, 0] = 0
    return np.packbits(frequencies > _GREY_LEVEL).tobytes().hex()


@cache
def _cosines() -> NDArray[np.int64]:
    """The discrete cosine transform of `LOOK_SIDE` values, the lowest half of it."""
    frequency = np.arange(LOOK_SIDE // 2)[:, np.newaxis]
    position = 2 * np.arange(LOOK_SIDE) + 1
    angle = np.pi * frequency * position / (2 * LOOK_SIDE)
    return np.asarray(np.rint(1024 * np.cos(angle)), np.int64)


def _examine_jpeg(content: bytes) -> Photograph:
    try:
        image = Image.open(io.BytesIO(content), formats=["JPEG"])
    except Image.DecompressionBombError:
        return Photograph(fault="too many pixels: more than twice the limit")
    except (OSError, SyntaxError, ValueError) as error:
        return Photograph(fault=_damage(error))
    size = Photograph(width=image.width, height=image.height)
    shown = f"{image.width} x {image.height}"
    if image.width * image.height > MAX_PIXELS:
        return replace(size, fault=f"too many pixels: {shown}")
    if min(image.size) < MIN_SIDE:
        return replace(size, fault=f"too small: {shown}")
    try:
        converted, conversion = _convert(image)
        if conversion:
            content, image = converted, Image.open(io.BytesIO(converted))
        return _measure(content, image, conversion)
    except Exception as error:
        # Decoders raise anything for a file that is made up.
        return replace(size, fault=_damage(error), thumbnail=_what_is_there(image))


def _convert(image: Image.Image) -> tuple[bytes, str]:
    """The picture upright and in RGB as a new JPEG, and what was done; or nothing."""
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


def _measure(content: bytes, image: Image.Image, conversion: str) -> Photograph:
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
        content_sha256=content_sha256((height, width, channels), pixels.tobytes()),
        look=look_of(image),
        thumbnail=_thumbnail(image),
        conversion=conversion,
    )


def _mean_and_std(image: Image.Image) -> tuple[float, float]:
    """From whole-numbered sums, so the same on every machine, and fast."""
    counts = np.array(image.histogram(), np.int64).reshape(-1, 256).sum(axis=0)
    values = np.arange(256)
    total = int(counts.sum())
    mean = int((counts * values).sum()) / total
    square = int((counts * values * values).sum()) / total
    return mean, max(0.0, square - mean * mean) ** 0.5


def _thumbnail(image: Image.Image) -> bytes:
    scale = THUMBNAIL_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.5)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=75)
    return buffer.getvalue()


def _format_of(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    known = (name for sign, name in _SIGNATURES if content.startswith(sign))
    return next(known, "")


def _format_fault(found: str, extension: str) -> str:
    is_jpeg_name = extension in EXTENSIONS
    if found == "JPEG" and is_jpeg_name:
        return ""
    if found and (found == "JPEG" or is_jpeg_name):
        return f"mislabelled extension: {found} in .{extension}"
    return f"not a JPEG: {found or 'unknown bytes'}"


def _describe_rest(content: bytes, fault: str, found: str) -> Photograph:
    """Size, frames and a thumbnail of another kind of picture, as far as readable."""
    formats = [found.upper()] if found else []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=formats)
            if image.width * image.height > MAX_PIXELS:
                return Photograph(fault=f"too many pixels: {found}")
            notes = _notes(image)
            thumbnail = _thumbnail(image.convert("RGB"))
    except Exception:
        # As above; this one is out anyway.
        return Photograph(fault=fault)
    return Photograph(
        width=image.width,
        height=image.height,
        fault=", ".join((fault, *notes)),
        thumbnail=thumbnail,
    )


def _notes(image: Image.Image) -> list[str]:
    notes = ["16 bits per channel"] if image.mode.startswith("I") else []
    if getattr(image, "is_animated", False):
        notes.append("animated")
    return notes


def _what_is_there(image: Any) -> bytes:
    """A thumbnail of what was decoded before the damage."""
    try:
        # Nothing is left to decode: what the failed attempt has drawn stands.
        image.tile = []
        return _thumbnail(image.convert("RGB"))
    except Exception:
        return b""


def _damage(error: Exception) -> str:
    """What a decoder complains of, in one line; an early end apart from all else."""
    words = " ".join(str(error).split())[:120]
    reason = "truncated" if "truncated" in words.lower() else "corrupt"
    return f"{reason}: {words}"
