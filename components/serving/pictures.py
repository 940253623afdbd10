# SPDX-License-Identifier: Apache-2.0
"""Picture files of any format as inputs of a model: 8 bits, opaque, grey or RGB.

Large pictures are converted in bands of rows, so that memory holds one copy of them.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

# Values of EXIF's orientation that need no rotation.
_UPRIGHT: Final = (0, 1)
# MPO is a JPEG with further pictures behind the first, as many cameras write it.
JPEG: Final = ("JPEG", "MPO")
_BAND_PIXELS: Final = 1 << 20


def to_grey(image: Image.Image) -> NDArray[np.float32]:
    """Convert a picture to grey levels, 0 for black to 255 for white.

    Args:
        image: A Pillow image in any mode.

    Returns:
        float32 (height, width).
    """
    # A copy, which may be written to.
    return np.array(_convert(_opaque(image), "L"), np.float32)


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
    picture = _convert(_opaque(image), "L" if channels == 1 else "RGB")
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
    rgb = _convert(_opaque(image), "RGB")
    # Low compression: the bytes are used once.
    rgb.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def turn_upright(image: Image.Image) -> None:
    """Rotate a picture in place as EXIF says."""
    ImageOps.exif_transpose(image, in_place=True)


def _is_plain_jpeg(image: Image.Image) -> bool:
    is_upright = image.getexif().get(ExifTags.Base.Orientation, 1) in _UPRIGHT
    return image.format in JPEG and image.mode in ("L", "RGB") and is_upright


def _convert(image: Image.Image, mode: str) -> Image.Image:
    # Pillow would copy a picture that has the mode.
    return image if image.mode == mode else image.convert(mode)


def _opaque(image: Image.Image) -> Image.Image:
    """Scale deep pictures to 8 bits and lay transparent ones on white paper."""
    if image.mode.startswith("I") or image.mode == "F":
        return _scale_to_8_bits(image)
    if image.has_transparency_data:
        return _lay_on_paper(image)
    return image


def _scale_to_8_bits(image: Image.Image) -> Image.Image:
    # Pillow would clip such values instead of scaling them.
    largest = max(_values(band).max() for _, band in _bands(image))
    most = 65535 if largest > 255 else 255
    picture = Image.new("L", image.size)
    for box, band in _bands(image):
        scaled = np.clip(_values(band) * 255 / most, 0, 255).round()
        picture.paste(Image.fromarray(scaled.astype(np.uint8)), box)
    return picture


def _values(band: Image.Image) -> NDArray[np.float32]:
    # A picture of floats may hold NaN.
    return np.nan_to_num(np.asarray(band, np.float32))


def _lay_on_paper(image: Image.Image) -> Image.Image:
    picture = Image.new("RGB", image.size)
    for box, band in _bands(image):
        paper = Image.new("RGBA", band.size, "white")
        on_paper = Image.alpha_composite(paper, band.convert("RGBA"))
        picture.paste(on_paper.convert("RGB"), box)
    return picture


def _bands(
    image: Image.Image,
) -> Iterator[tuple[tuple[int, int, int, int], Image.Image]]:
    """Yield bands of rows with their place in the picture."""
    width, height = image.size
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        box = (0, top, width, min(height, top + rows))
        yield box, image.crop(box)
