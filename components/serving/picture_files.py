# SPDX-License-Identifier: Apache-2.0
"""Picture files of a user as inputs of a model.

The modality of the model's data set decides what a picture becomes: pixels of the size
of its images, or the bytes of a file, which the model itself decodes.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from components.contracts.dataset_facts import DatasetFacts
from components.core.errors import UsageError
from components.core.files import require_regular_file
from components.core.shortening import shorten
from components.images.limits import TOO_MANY_PIXELS, too_many_pixels, too_many_scans
from components.serving.drawings import fit_drawing
from components.serving.pictures import JPEG, encode_photograph, fit_picture

# A photograph as TIFF, uncompressed, with 16 bits.
MAX_BYTES: Final = 200 << 20
# Pillow starts Ghostscript for EPS; of a JPEG inside of BLP nobody counts the scans; a
# picture inside of an icon is decoded before anybody can ask for its size.
_NOT_READ: Final = ("EPS", "BLP", "ICO", "ICNS")

# Pixels, or the bytes of an encoded picture.
Picture = NDArray[np.uint8] | bytes
Convert = Callable[[Image.Image], Picture]


@dataclass(frozen=True)
class PictureFile:
    """A file of the user, read."""

    path: Path
    """The file."""

    picture: Picture = b""
    """The input that it became."""

    fault: str = ""
    """Why there is no picture, in one line; "" if there is one."""

    @property
    def num_bytes(self) -> int:
        """Size of the input in bytes."""
        picture = self.picture
        return len(picture) if isinstance(picture, bytes) else picture.nbytes


def converter(facts: DatasetFacts) -> Convert:
    """Return the conversion of a user's picture to an input of a model.

    Photographs stay encoded, since the model resizes them; drawings are cropped and
    centred like those of the data set; other pictures are resized.

    Args:
        facts: The data set that the model was trained on.

    Raises:
        UsageError: The items of the data set are no pictures.
    """
    if not facts.item_kind.picture:
        raise UsageError(
            f"a model of {facts.name} takes {facts.item_kind.input}, no pictures."
        )
    if facts.item_kind.picture.is_encoded:
        return encode_photograph
    if facts.ink_box:
        return lambda image: fit_drawing(image, facts.image_shape, facts.ink_box)
    return lambda image: fit_picture(image, facts.image_shape)


def list_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """List files; a folder stands for all visible files in and below it.

    Args:
        paths: Files and folders.

    Raises:
        UsageError: A path is empty.
    """
    for given in paths:
        path = Path(given)
        if not str(given):
            raise UsageError("an input is empty. Expected a file or a folder.")
        # `Path.is_dir` fails for a name that is too long.
        if os.path.isdir(path):
            found = sorted(p for p in path.rglob("*") if _is_visible(p, path))
            # A folder without files is reported like a file that cannot be read.
            yield from found or [path]
        else:
            yield path


def _is_visible(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith(".") for part in parts)


def read_picture(path: Path, convert: Convert) -> PictureFile:
    """Read a picture in any format that Pillow itself reads; a bad file is no error.

    Args:
        path: The file.
        convert: From an opened Pillow image to an input.
    """
    try:
        if os.path.isdir(path):
            return PictureFile(path, fault="the folder holds no files")
        require_regular_file(path)
        with warnings.catch_warnings():
            # Pillow's own limit only warns; ours is checked before any pixel is read.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_formats()) as image:
                if fault := _limit_fault(path, image):
                    return PictureFile(path, fault=fault)
                return PictureFile(path, convert(image))
    except FileNotFoundError:
        fault = "there is no such file"
    except UnidentifiedImageError:
        fault = "it is not a picture in a known format"
    except Image.DecompressionBombError:
        fault = TOO_MANY_PIXELS
    except MemoryError:
        fault = "it takes more memory than there is"
    except Exception as error:
        # The exception of Pillow for a damaged file depends on format and damage.
        fault = shorten(str(error).partition("\n")[0]) or type(error).__name__
    return PictureFile(path, fault=fault)


@cache
def _formats() -> list[str]:
    Image.init()
    return [name for name in Image.ID if name not in _NOT_READ]


def _limit_fault(path: Path, image: Image.Image) -> str:
    """Say which limit a picture exceeds, before any pixel is read; "" for none."""
    if path.stat().st_size > MAX_BYTES:
        return f"it has more than {MAX_BYTES >> 20} MiB"
    too_large = too_many_pixels(*image.size)
    if not too_large and image.format in JPEG:
        return too_many_scans(path.read_bytes())
    return too_large
