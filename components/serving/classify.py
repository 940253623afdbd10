# SPDX-License-Identifier: Apache-2.0
"""Classify picture files with a published model."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.contracts.signatures import (
    PREDICT_ENCODED,
    PREDICT_IMAGES,
    PROBABILITIES,
)
from components.core.errors import UsageError
from components.serving.digits import SIDE, fit_digit
from components.serving.photographs import read_photograph
from components.serving.saved_model import ServedModel

# A picture beyond this is most likely made to fill the memory.
MAX_PIXELS = 100_000_000
# Large photographs, each of up to 300 MB as it is handed over, go a few at a time, so
# that a batch fits into the memory of a laptop; of ordinary ones this is a full batch.
MAX_BATCH_BYTES = 64 << 20

# A file, its picture as the model takes it, and why there is none, or nothing.
File = tuple[Path, Any, str]


@dataclass(frozen=True)
class Look:
    """How pictures are brought to what a model takes.

    Attributes:
        prepare: From an opened Pillow image to one input.
        signature: Which signature takes a batch of them.
        argument: Name of its input.
        batch_size: How many at once, unless their bytes end a batch earlier.
    """

    prepare: Callable[[Any], Any]
    signature: str
    argument: str
    batch_size: int


# Digits are cut and centred as MNIST's were; photographs the model itself resizes.
DIGITS = Look(
    lambda image: fit_digit(_upright(image))[..., np.newaxis],
    PREDICT_IMAGES,
    "images",
    batch_size=256,
)
PHOTOGRAPHS = Look(read_photograph, PREDICT_ENCODED, "encoded", batch_size=16)


@dataclass(frozen=True)
class Prediction:
    """What the model says about one picture.

    Attributes:
        path: The file.
        label: The most probable class.
        probability: Its probability.
        probabilities: Class -> probability, in the order of the classes.
    """

    path: Path
    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be classified.

    Attributes:
        path: The file.
        reason: Why, in one line.
    """

    path: Path
    reason: str


def predict_files(
    model_dir: str | Path, paths: Iterable[str | Path]
) -> Iterator[Prediction | Unreadable]:
    """Classify pictures, in the order given.

    Any format that Pillow reads will do, turned upright where EXIF says so. For a model
    of digits a picture is brought to the look of MNIST: grey, inverted where its border
    is bright, and, unless it is 28 x 28 already, cut to its ink, scaled to fit 20 x 20
    and centred by mass. For a model of photographs it becomes RGB, on white where it is
    transparent. A file that cannot be read does not stop the others.

    Args:
        model_dir: Folder of the SavedModel.
        paths: Files; a folder stands for all files in and below it, hidden ones
            excepted, in the order of their names.

    Raises:
        UsageError: If the model takes neither photographs nor 28 x 28 grey images.
    """
    model = ServedModel(model_dir)
    dataset = model.provenance.get("dataset", {})
    look = _look_of(model, dataset)
    read = (_read_picture(path, look) for path in _all_files(paths))
    for batch in _batches(read, look.batch_size):
        yield from _predict_batch(model, look, list(dataset["classes"]), batch)


def _look_of(model: ServedModel, dataset: dict[str, Any]) -> Look:
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


def _batches(files: Iterable[File], batch_size: int) -> Iterator[list[File]]:
    """Files in their order, until they are so many or reach so many bytes."""
    batch: list[File] = []
    num_bytes = 0
    for file in files:
        batch.append(file)
        num_bytes += _num_bytes(file[1])
        if len(batch) == batch_size or num_bytes >= MAX_BATCH_BYTES:
            yield batch
            batch, num_bytes = [], 0
    if batch:
        yield batch


def _num_bytes(picture: Any) -> int:
    return 0 if picture is None else memoryview(picture).nbytes


def _predict_batch(
    model: ServedModel, look: Look, classes: list[str], batch: list[File]
) -> Iterator[Prediction | Unreadable]:
    rows = iter(_probabilities(model, look, [p for _, p, why in batch if not why]))
    for path, _, why in batch:
        if why:
            yield Unreadable(path, why)
            continue
        row = dict(zip(classes, next(rows), strict=True))
        best = max(row, key=row.__getitem__)
        yield Prediction(path, best, row[best], row)


def _probabilities(
    model: ServedModel, look: Look, pictures: list[Any]
) -> list[list[float]]:
    if not pictures:
        return []
    import tensorflow as tf

    # Pixels of one shape become one tensor, bytes of files a vector.
    batch = tf.constant(
        pictures if isinstance(pictures[0], bytes) else np.stack(pictures)
    )
    outputs = model.signature(look.signature)(**{look.argument: batch})
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


def _read_picture(path: Path, look: Look) -> File:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow's own limit only warns; ours is checked before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return path, look.prepare(_checked(image)), ""
    except FileNotFoundError:
        return path, None, "there is no such file"
    except IsADirectoryError:
        return path, None, "the folder holds no files"
    except UnidentifiedImageError:
        return path, None, "it is not a picture in a known format"
    except Image.DecompressionBombError:
        return path, None, f"it has more than {MAX_PIXELS:,} pixels"
    except Exception as error:
        # What Pillow raises for a damaged file depends on format and damage.
        return path, None, str(error).partition("\n")[0] or type(error).__name__


def _checked(image: Any) -> Any:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ValueError(f"it has more than {MAX_PIXELS:,} pixels")
    return image


def _upright(image: Any) -> Any:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)
