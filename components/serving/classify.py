# SPDX-License-Identifier: Apache-2.0
"""Classify picture files with a published model."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from components.contracts.signatures import (
    PREDICT_ENCODED,
    PREDICT_IMAGES,
    PROBABILITIES,
)
from components.core.errors import UsageError
from components.serving.digits import SIDE, fit_digit
from components.serving.pictures import encode_photograph
from components.serving.saved_model import SavedModel

# A larger picture is most likely a decompression bomb.
MAX_PIXELS: Final = 100_000_000
# Large photographs have up to 300 MB each and must fit into the memory of a laptop;
# of ordinary ones this is a full batch.
MAX_BATCH_BYTES = 64 << 20

# Pixels, or the bytes of an encoded picture.
Picture = NDArray[np.uint8] | bytes


@dataclass(frozen=True)
class InputAdapter:
    """Conversion of picture files to the inputs of a signature."""

    prepare: Callable[[Image.Image], Picture]
    """From an opened Pillow image to one input."""

    signature: str
    """Name of the signature."""

    argument: str
    """Name of its input."""

    batch_size: int
    """Pictures at once, unless their bytes end a batch earlier."""


# Digits are cropped and centred like MNIST's; photographs are resized by the model.
DIGITS: Final = InputAdapter(
    lambda image: fit_digit(ImageOps.exif_transpose(image))[..., np.newaxis],
    PREDICT_IMAGES,
    "images",
    batch_size=256,
)
PHOTOGRAPHS: Final = InputAdapter(
    encode_photograph, PREDICT_ENCODED, "encoded", batch_size=16
)


@dataclass(frozen=True)
class Prediction:
    """Predicted class of one picture."""

    path: Path
    """The file."""

    label: str
    """The most probable class."""

    probability: float
    """Its probability."""

    probabilities: dict[str, float]
    """Class -> probability, in the order of the classes."""


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be classified."""

    path: Path
    """The file."""

    reason: str
    """The reason, in one line."""


@dataclass(frozen=True)
class _Input:
    """A file as input of the model."""

    path: Path
    picture: Picture = b""
    # Why there is no picture; empty if there is one.
    reason: str = ""

    @property
    def num_bytes(self) -> int:
        picture = self.picture
        return len(picture) if isinstance(picture, bytes) else picture.nbytes


def predict_files(
    model_dir: str | Path, paths: Iterable[str | Path]
) -> Iterator[Prediction | Unreadable]:
    """Classify picture files, in the order given.

    Every format that Pillow reads is accepted and rotated as EXIF says. For a model of
    digits a picture is normalised like MNIST (`serving/digits.py`); for a model of
    photographs it becomes RGB, white where it is transparent. An unreadable file does
    not stop the others.

    Args:
        model_dir: Folder of the SavedModel.
        paths: Files; a folder stands for all files in and below it, hidden ones
            excepted, in the order of their names.

    Raises:
        UsageError: If the model classifies neither photographs nor 28 x 28 grey images.
    """
    model = SavedModel(model_dir)
    dataset = model.provenance.get("dataset", {})
    adapter = _adapter_for(model, dataset)
    inputs = (_read_picture(path, adapter) for path in _all_files(paths))
    for batch in _batches(inputs, adapter.batch_size):
        yield from _predict_batch(model, adapter, list(dataset["classes"]), batch)


def _adapter_for(model: SavedModel, dataset: dict[str, Any]) -> InputAdapter:
    shape = tuple(dataset.get("image_shape", ()))
    if dataset.get("encoding") in ("jpeg", "png"):
        return PHOTOGRAPHS
    if shape == (SIDE, SIDE, 1):
        return DIGITS
    raise UsageError(
        f"{model.path}: files can be classified by models of photographs, and of "
        f"{SIDE} x {SIDE} grey images.\n"
        f"Its provenance.json names the image shape {list(shape)}."
    )


def _batches(inputs: Iterable[_Input], batch_size: int) -> Iterator[list[_Input]]:
    """Group inputs in their order, up to a number or MAX_BATCH_BYTES."""
    batch: list[_Input] = []
    num_bytes = 0
    for one in inputs:
        batch.append(one)
        num_bytes += one.num_bytes
        if len(batch) == batch_size or num_bytes >= MAX_BATCH_BYTES:
            yield batch
            batch, num_bytes = [], 0
    if batch:
        yield batch


def _predict_batch(
    model: SavedModel, adapter: InputAdapter, classes: list[str], batch: list[_Input]
) -> Iterator[Prediction | Unreadable]:
    pictures = [one.picture for one in batch if not one.reason]
    rows = iter(_probabilities(model, adapter, pictures))
    for one in batch:
        if one.reason:
            yield Unreadable(one.path, one.reason)
            continue
        row = dict(zip(classes, next(rows), strict=True))
        best = max(row, key=row.__getitem__)
        yield Prediction(one.path, best, row[best], row)


def _probabilities(
    model: SavedModel, adapter: InputAdapter, pictures: list[Picture]
) -> list[list[float]]:
    if not pictures:
        return []
    # Pixels of one shape become one tensor, bytes of files a vector.
    is_encoded = isinstance(pictures[0], bytes)
    batch = tf.constant(pictures if is_encoded else np.stack(pictures))
    outputs = model.signature(adapter.signature)(**{adapter.argument: batch})
    rows: list[list[float]] = outputs[PROBABILITIES].numpy().astype(float).tolist()
    return rows


def _all_files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if _is_visible(p, path))
            # A folder without files is reported like a file that cannot be read.
            yield from found or [path]
        else:
            yield path


def _is_visible(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith(".") for part in parts)


def _read_picture(path: Path, adapter: InputAdapter) -> _Input:
    try:
        with warnings.catch_warnings():
            # Pillow's own limit only warns; ours is checked before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _check_size(image)
                return _Input(path, adapter.prepare(image))
    except FileNotFoundError:
        reason = "there is no such file"
    except IsADirectoryError:
        reason = "the folder holds no files"
    except UnidentifiedImageError:
        reason = "it is not a picture in a known format"
    except Image.DecompressionBombError:
        reason = f"it has more than {MAX_PIXELS:,} pixels"
    except Exception as error:
        # The exception of Pillow for a damaged file depends on format and damage.
        reason = str(error).partition("\n")[0] or type(error).__name__
    return _Input(path, reason=reason)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ValueError(f"it has more than {MAX_PIXELS:,} pixels")
