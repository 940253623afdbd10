# SPDX-License-Identifier: Apache-2.0
"""Inspection of a picture in any common format: whether it is sound, its properties.

A sound JPEG keeps its bytes, as `formats/jpeg.py` says. Any other picture becomes a PNG
of its decoded pixels, so that later decoders, which differ in what they accept, see the
pixels that were measured here: upright, 8 bits, opaque, grey or RGB. What was changed
on the way is noted. Of an animation, or a file of several pages, the first picture is
taken, as `prodl predict` takes it.
"""

import io
import warnings
from dataclasses import replace
from typing import Final

from PIL import ExifTags, Image, ImageOps

from components.images.limits import TOO_MANY_PIXELS
from components.images.opaque import in_mode, opaque
from components.ingest.formats.jpeg import (
    EXTENSIONS as JPEG_EXTENSIONS,
)
from components.ingest.formats.jpeg import (
    Photograph,
    damage_reason,
    detect_format,
    excess,
    inspect_jpeg,
    measure,
)
from components.ingest.formats.thumbnails import partial_thumbnail

MIN_SIDE: Final = 8
# A hash of fewer pixels says little: different digits of 8 x 8 pixels would be taken
# for copies. Equal pixels are found all the same.
MIN_HASHED_SIDE: Final = 16
# Format -> extensions of such files.
EXTENSIONS: Final = {
    "JPEG": JPEG_EXTENSIONS,
    "PNG": ("png", "apng"),
    "WebP": ("webp",),
    "BMP": ("bmp", "dib"),
    "TIFF": ("tif", "tiff"),
    "GIF": ("gif",),
}
_FORMATS: Final = {ext: name for name, exts in EXTENSIONS.items() for ext in exts}
_UPRIGHT: Final = (0, 1)
_GREY: Final = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_SIXTEEN_BITS: Final = 16
# Offset of the bits of a channel in a PNG, behind its signature.
_PNG_DEPTH: Final = 24


def is_picture(name: str, start: bytes) -> bool:
    """Whether a file is offered as a picture: by its name, or by its first bytes.

    Args:
        name: Name of the file.
        start: Its first 16 bytes or more.
    """
    return extension_of(name) in _FORMATS or detect_format(start) != ""


def extension_of(name: str) -> str:
    """Extension of a file in lower case without the dot; "" if it has none."""
    stem, dot, extension = name.rpartition("/")[2].rpartition(".")
    return extension.lower() if dot and stem else ""


def inspect_picture(content: bytes, name: str) -> Photograph:
    """Check and measure a file; any content gives a result, never an error.

    Args:
        content: The bytes of the file.
        name: Its name.
    """
    if not content:
        return Photograph(fault="empty file")
    found = detect_format(content)
    fault = _name_fault(found, extension_of(name))
    if found == "JPEG" and not fault:
        return _without_weak_hash(inspect_jpeg(content, "jpg", MIN_SIDE))
    if not found:
        return Photograph(fault=fault)
    # Pillow warns of decompression bombs; the number of pixels is checked below.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _without_weak_hash(_decode(content, found))
    return replace(picture, fault=fault or picture.fault)


def _name_fault(found: str, extension: str) -> str:
    expected = _FORMATS.get(extension, "")
    if not found:
        kind = f"damaged {expected}, or no picture" if expected else "unknown bytes"
        return f"not a picture: {kind}"
    if expected and expected != found:
        return f"mislabelled extension: {found} in .{extension}"
    return ""


def _without_weak_hash(picture: Photograph) -> Photograph:
    if min(picture.width, picture.height) >= MIN_HASHED_SIDE:
        return picture
    return replace(picture, perceptual_hash="")


def _decode(content: bytes, found: str) -> Photograph:
    try:
        image = Image.open(io.BytesIO(content), formats=[found.upper()])
    except Image.DecompressionBombError:
        # More than twice the limit.
        return Photograph(fault=TOO_MANY_PIXELS)
    except Exception as error:
        # Decoders raise any exception for a damaged file.
        return Photograph(fault=damage_reason(error))
    size = Photograph(width=image.width, height=image.height)
    if fault := excess(image, content):
        return replace(size, fault=fault)
    if min(image.size) < MIN_SIDE:
        return replace(size, fault=f"too small: {image.width} x {image.height}")
    try:
        conversion = ", ".join(_changes(image, content, found))
        upright = ImageOps.exif_transpose(image)
        plain = in_mode(opaque(upright), "L" if image.mode in _GREY else "RGB")
        return measure(_encode(plain), plain, conversion)
    except Exception as error:
        # As above.
        preview = partial_thumbnail(image)
        return replace(size, fault=damage_reason(error), thumbnail=preview)


def _changes(image: Image.Image, content: bytes, found: str) -> list[str]:
    """What is done to the pixels of a picture, and to its format, in words."""
    changes = []
    if getattr(image, "is_animated", False):
        changes.append("first of several pictures")
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation not in _UPRIGHT:
        changes.append(f"turned upright (EXIF {orientation})")
    if image.has_transparency_data:
        changes.append("laid on white")
    if _has_deep_pixels(image, content, found):
        changes.append("to 8 bits")
    if image.mode not in ("L", "RGB", "LA", "RGBA"):
        changes.append(f"{image.mode} to {'L' if image.mode in _GREY else 'RGB'}")
    if found != "PNG":
        changes.append(f"{found} to PNG")
    return changes


def _has_deep_pixels(image: Image.Image, content: bytes, found: str) -> bool:
    if image.mode.startswith("I") or image.mode == "F":
        return True
    # Pillow itself reduces colours of 16 bits.
    return found == "PNG" and content[_PNG_DEPTH] == _SIXTEEN_BITS


def _encode(image: Image.Image) -> bytes:
    # From the pixels alone: a PNG takes what Pillow knows of the file, such as a colour
    # profile of any size, from `info`.
    image.info = {}
    buffer = io.BytesIO()
    # Low compression: the bytes are read a few times and then thrown away.
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
