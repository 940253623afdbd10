# SPDX-License-Identifier: Apache-2.0
"""Picture files of any format as inputs of a model: 8 bits, opaque, grey or RGB."""

import io
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from components.images.opaque import in_mode, opaque

# Values of EXIF's orientation that need no rotation.
_UPRIGHT: Final = (0, 1)
# MPO is a JPEG with further pictures behind the first, as many cameras write it.
JPEG: Final = ("JPEG", "MPO")


def to_grey(image: Image.Image) -> NDArray[np.float32]:
    """Convert a picture to grey levels, 0 for black to 255 for white.

    Args:
        image: A Pillow image in any mode.

    Returns:
        float32 (height, width).
    """
    # A copy, which may be written to.
    return np.array(in_mode(opaque(image), "L"), np.float32)


def fit_picture(image: Image.Image, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Convert a picture to pixels of a data set's one size, resized if it differs.

    Args:
        image: A Pillow image in any mode and size; rotated as EXIF says.
        shape: Height, width and channels, which are 1 or 3.

    Returns:
        uint8 of that shape.
    """
    height, width, channels = shape
    turn_upright(image)
    picture = in_mode(opaque(image), "L" if channels == 1 else "RGB")
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.uint8).reshape(shape)


def encode_photograph(image: Image.Image) -> bytes:
    """Encode a picture so that every model of photographs decodes it.

    An upright JPEG in grey or RGB stays as it is, like the training images, even with
    further pictures behind the first. Any other picture becomes an RGB PNG: rotated as
    EXIF says, converted from CMYK and palettes, scaled from 16 bits to 8, white where
    it is transparent; of an animation the first frame is taken.

    Args:
        image: A Pillow image opened from a file.
    """
    # Damage shows only when all of it is read.
    image.load()
    if _is_plain_jpeg(image):
        return Path(image.filename).read_bytes()  # type: ignore[attr-defined]
    buffer = io.BytesIO()
    turn_upright(image)
    rgb = in_mode(opaque(image), "RGB")
    # Low compression: the bytes are used once.
    rgb.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def turn_upright(image: Image.Image) -> None:
    """Rotate a picture in place as EXIF says."""
    ImageOps.exif_transpose(image, in_place=True)


def _is_plain_jpeg(image: Image.Image) -> bool:
    is_upright = image.getexif().get(ExifTags.Base.Orientation, 1) in _UPRIGHT
    return image.format in JPEG and image.mode in ("L", "RGB") and is_upright
