# SPDX-License-Identifier: Apache-2.0
"""A picture file of any kind as the photograph that a model was made for."""

import io
from pathlib import Path
from typing import Any, Final

_UPRIGHT: Final = (0, 1)
# Pillow calls a JPEG with more pictures behind the first, as many cameras write, MPO.
_JPEG: Final = ("JPEG", "MPO")


def read_photograph(image: Any) -> bytes:
    """Give a picture as bytes that every model of photographs decodes.

    An upright JPEG in grey or RGB stays as it is, like those that the model learned
    from, even with more pictures behind the first. Any other picture becomes RGB in a
    PNG: turned as EXIF says, converted from CMYK and palettes, 8 bits for 16, white for
    transparent; of an animation the first picture is taken.

    Args:
        image: A Pillow image opened from a file.
    """
    # Damage shows when all of it is read.
    image.load()
    if _is_ordinary(image):
        return Path(image.filename).read_bytes()
    buffer = io.BytesIO()
    # Little compression: the bytes live for a moment.
    _to_rgb(image).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _is_ordinary(image: Any) -> bool:
    from PIL import ExifTags

    is_upright = image.getexif().get(ExifTags.Base.Orientation, 1) in _UPRIGHT
    return image.format in _JPEG and image.mode in ("L", "RGB") and is_upright


def _to_rgb(image: Any) -> Any:
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        # Pillow would clip such values instead of scaling them.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return image.convert("RGB")
