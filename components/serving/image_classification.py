# SPDX-License-Identifier: Apache-2.0
"""Classify picture files with a published model."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.modality import Modality
from components.contracts.signatures import (
    ENCODED,
    IMAGES,
    PREDICT_ENCODED,
    PREDICT_IMAGES,
    PROBABILITIES,
)
from components.core.errors import UsageError
from components.core.files import replace_atomically
from components.serving.answer import Answer
from components.serving.picture_files import (
    Picture,
    PictureFile,
    converter,
    list_files,
    read_picture,
)
from components.serving.saved_model import SavedModel

SIGNATURES: Final = (PREDICT_ENCODED, PREDICT_IMAGES)

# Images at once, for the memory of a laptop: activations take more than pixels.
MAX_BATCH: Final = 256

# Large photographs have up to 300 MB each and must fit into the memory of a laptop;
# of ordinary ones this is a full batch.
MAX_BATCH_BYTES = 64 << 20

# Column of a table, as submissions to competitions on pictures have it.
_NAME: Final = "image_name"


@dataclass(frozen=True)
class Options:
    """Options of a classifier."""

    table: Path | None = None
    """CSV file for the probabilities of all classes; None for no file."""


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


def predict(
    model: SavedModel, inputs: Sequence[str], options: Options
) -> Iterator[Answer]:
    """Answer with the class of each picture and its probability.

    A table gets a row for each picture: its name and the probability of each class. It
    is written when all pictures could be read.

    Args:
        model: A classifier.
        inputs: Picture files and folders of them.
        options: The table to write.

    Raises:
        UsageError: If the table is there already, or two pictures have one name in it.
    """
    paths = list(list_files(inputs))
    if options.table:
        _check_table(options.table, paths)
    rows = []
    for found in classify_files(model, paths):
        if isinstance(found, Unreadable):
            yield Answer(f"{found.path}: not readable: {found.reason}", is_error=True)
        else:
            rows.append(found)
            yield Answer(f"{found.path}: {found.label} ({found.probability:.3f})")
    if options.table and len(rows) == len(paths):
        _write_table(options.table, rows, model.dataset.classes)
        yield Answer(f"{options.table}: {len(rows)} rows")


def _check_table(table: Path, paths: Sequence[Path]) -> None:
    if table.suffix.lower() != ".csv":
        raise UsageError(
            f"--table: expected a file that ends in .csv.\nReceived {str(table)!r}."
        )
    if table.exists():
        raise UsageError(f"{table} exists already.\nName another file, or remove it.")
    for name, count in Counter(path.name for path in paths).items():
        if count > 1:
            raise UsageError(
                f"{count} pictures are called {name}, which names one row of {table}.\n"
                "Rename them, or write a table for each folder."
            )


def _write_table(
    table: Path, rows: Sequence[Prediction], classes: Sequence[str]
) -> None:
    with (
        replace_atomically(table) as unfinished,
        # A name in another encoding than UTF-8 keeps its bytes.
        unfinished.open(
            "w", encoding="utf-8", errors="surrogateescape", newline=""
        ) as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([_NAME, *classes])
        for row in rows:
            # So many digits tell every float32 from its neighbours.
            shares = (f"{row.probabilities[name]:.9g}" for name in classes)
            writer.writerow([row.path.name, *shares])


def classify_files(
    model: SavedModel, paths: Iterable[str | Path]
) -> Iterator[Prediction | Unreadable]:
    """Classify picture files, in the order given.

    Every format that Pillow reads is accepted and rotated as EXIF says. For a model of
    drawings a picture is normalised like its data set (`serving/drawings.py`); for a
    model of photographs it becomes RGB, white where it is transparent. An unreadable
    file does not stop the others.

    Args:
        model: A classifier.
        paths: Files; a folder stands for all files in and below it, hidden ones
            excepted, in the order of their names.

    Raises:
        UsageError: If the model does not record its data set, or its items are no
            pictures.
    """
    facts = model.dataset
    convert = converter(facts)
    files = (read_picture(path, convert) for path in list_files(paths))
    for batch in _batches(files, min(MAX_BATCH, facts.item_kind.examples_at_once)):
        yield from _classify_batch(model, facts, batch)


def _batches(
    files: Iterable[PictureFile], batch_size: int
) -> Iterator[list[PictureFile]]:
    """Group files in their order, up to a number or MAX_BATCH_BYTES."""
    batch: list[PictureFile] = []
    num_bytes = 0
    for one in files:
        batch.append(one)
        num_bytes += one.num_bytes
        if len(batch) == batch_size or num_bytes >= MAX_BATCH_BYTES:
            yield batch
            batch, num_bytes = [], 0
    if batch:
        yield batch


def _classify_batch(
    model: SavedModel, facts: DatasetFacts, batch: list[PictureFile]
) -> Iterator[Prediction | Unreadable]:
    pictures = [one.picture for one in batch if not one.fault]
    rows = iter(_probabilities(model, facts.item_kind, pictures))
    for one in batch:
        if one.fault:
            yield Unreadable(one.path, one.fault)
            continue
        row = dict(zip(facts.classes, next(rows), strict=True))
        best = max(row, key=row.__getitem__)
        yield Prediction(one.path, best, row[best], row)


def _probabilities(
    model: SavedModel, modality: Modality, pictures: list[Picture]
) -> list[list[float]]:
    if not pictures:
        return []
    if modality.has_encoded_pictures:
        inputs = {ENCODED: tf.constant(pictures)}
        outputs = model.signature(PREDICT_ENCODED)(**inputs)
    else:
        inputs = {IMAGES: tf.constant(np.stack(pictures))}
        outputs = model.signature(PREDICT_IMAGES)(**inputs)
    rows: list[list[float]] = outputs[PROBABILITIES].numpy().astype(float).tolist()
    return rows
