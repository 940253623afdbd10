# SPDX-License-Identifier: Apache-2.0
"""Classify picture files with a published model."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.errors import UsageError
from components.evaluator.digits import SIDE, fit_digit
from components.evaluator.served import PREDICT_IMAGES, PROBABILITIES, ServedModel

BATCH_SIZE = 256
# A picture beyond this is no photograph of a digit, but may fill the memory.
MAX_PIXELS = 100_000_000


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

    Any format that Pillow reads will do. A picture is brought to the look of MNIST:
    grey, inverted where its border is bright, and, unless it is 28 x 28 already, cut to
    its ink, scaled to fit 20 x 20 and centred by mass. A file that cannot be read does
    not stop the others.

    Args:
        model_dir: Folder of the SavedModel.
        paths: Files; a folder stands for all files in and below it, hidden ones
            excepted, in the order of their names.

    Raises:
        UsageError: If the model takes other images than 28 x 28 grey ones.
    """
    model = ServedModel(model_dir)
    dataset = model.provenance.get("dataset", {})
    shape = tuple(dataset.get("image_shape", ()))
    if shape != (SIDE, SIDE, 1):
        raise UsageError(
            f"{model_dir}: files can be classified by models of {SIDE} x {SIDE} grey "
            f"images.\nIts provenance.json names the image shape {list(shape)}."
        )
    read = (_read_picture(path) for path in _all_files(paths))
    while batch := list(islice(read, BATCH_SIZE)):
        yield from _predict_batch(model, list(dataset["classes"]), batch)


def _predict_batch(
    model: ServedModel,
    classes: list[str],
    batch: list[tuple[Path, NDArray[np.uint8] | str]],
) -> Iterator[Prediction | Unreadable]:
    images = [image for _, image in batch if not isinstance(image, str)]
    rows = iter(_probabilities(model, images))
    for path, image in batch:
        if isinstance(image, str):
            yield Unreadable(path, image)
            continue
        row = dict(zip(classes, next(rows), strict=True))
        best = max(row, key=row.__getitem__)
        yield Prediction(path, best, row[best], row)


def _probabilities(
    model: ServedModel, images: list[NDArray[np.uint8]]
) -> list[list[float]]:
    if not images:
        return []
    import tensorflow as tf

    pixels = tf.constant(np.stack(images)[..., np.newaxis])
    outputs = model.signature(PREDICT_IMAGES)(images=pixels)
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


def _read_picture(path: Path) -> tuple[Path, NDArray[np.uint8] | str]:
    """The picture as the model takes it, or the reason why there is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow's own limit only warns; ours is checked before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return path, fit_digit(_checked(image))
    except FileNotFoundError:
        return path, "there is no such file"
    except IsADirectoryError:
        return path, "the folder holds no files"
    except UnidentifiedImageError:
        return path, "it is not a picture in a known format"
    except Image.DecompressionBombError:
        return path, f"it has more than {MAX_PIXELS:,} pixels"
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        # What Pillow raises for damaged files depends on the format.
        return path, str(error).partition("\n")[0] or type(error).__name__


def _checked(image: Any) -> Any:
    from PIL import ImageOps

    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ValueError(f"it has more than {MAX_PIXELS:,} pixels")
    return ImageOps.exif_transpose(image)
