# SPDX-License-Identifier: Apache-2.0
"""Splits of labelled images as arrays, read from Ingest's examples.

A split is kept as pixels of the model's size: in memory, or mapped from a file if it
would take too much memory. Encoded photographs are decoded a few at a time.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE, ITEM_ID, LABEL, LABEL_WEIGHT
from components.trainer.images.params import ImageInput
from components.trainer.images.preparation import prepares_pixels
from components.trainer.images.resizing import decode_images, input_shape


@dataclass(frozen=True)
class ImageArrays:
    """One split of labelled images."""

    images: NDArray[Any]
    """uint8 (n, height, width, channels), in memory or mapped from a file; float32 as
    Transform prepared them; or float32 features of the images."""

    labels: NDArray[np.int64]
    """(n,), index of the class."""

    label_weights: NDArray[np.float32]
    """(n,), weight of the class: inverse share in the training split, mean 1."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class ImageData:
    """Training and validation split; a trainer does not read the test split."""

    train: ImageArrays
    """The split that is trained on."""

    validation: ImageArrays
    """The split for model selection and calibration."""

    num_classes: int
    """Number of classes of the data set."""

    classes: tuple[str, ...] = ()
    """Their names in index order, for a network of the user's own."""

    @property
    def image_type(self) -> str:
        """`uint8`, or `float32` of pixels that Transform prepared."""
        return str(self.train.images.dtype)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Height, width and channels."""
        return tuple(self.train.images.shape[1:])


def read_images(
    patterns: Sequence[str],
    transform_output: str,
    facts: DatasetFacts,
    image_input: ImageInput = ImageInput(),  # noqa: B008 - frozen
    pixel_file: Path | None = None,
) -> ImageArrays:
    """Read a split of Ingest's examples through the transform graph.

    The items are sorted by their ids, so a model depends neither on the number of
    shards nor on the order in which Beam wrote the examples.

    Args:
        patterns: Globs of TFRecord files, as the Trainer passes them.
        transform_output: Folder of the transform graph.
        facts: The data set, for the modality and shape of an image.
        image_input: Size of the model's images and memory of a split. Defaults to the
            size of the data set.
        pixel_file: File for the pixels of a split that is too large for the memory.
            Defaults to none: every split is kept in memory.

    Raises:
        ValueError: If there are no examples, or a label is none of the classes.
    """
    files = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    batches = tf.data.TFRecordDataset(files).batch(facts.item_kind.examples_at_once)
    ids = _read_ids(batches)
    if not len(ids):
        raise ValueError(f"no examples in {', '.join(patterns)}")
    # Position of each record, in the order of the files, in the order of the ids.
    positions = np.empty(len(ids), np.int64)
    positions[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    shape = (len(ids), *input_shape(facts, image_input))
    kind = np.float32 if prepares_pixels(transform_output) else np.uint8
    images = _allocate(shape, kind, image_input.memory_mb, pixel_file)
    labels, weights = np.empty(len(ids), np.int64), np.empty(len(ids), np.float32)
    parsed = batches.map(_parser(transform_output, facts, image_input)).prefetch(1)
    start = 0
    for batch in parsed.as_numpy_iterator():
        rows = positions[start : start + len(batch[LABEL])]
        images[rows] = batch[IMAGE]
        labels[rows], weights[rows] = batch[LABEL], batch[LABEL_WEIGHT]
        start += len(rows)
    _check_labels(labels, facts)
    return ImageArrays(images, labels, weights)


def _read_ids(batches: tf.data.Dataset) -> NDArray[Any]:
    spec = {ITEM_ID: tf.io.FixedLenFeature([], tf.string)}
    parsed = batches.map(lambda batch: tf.io.parse_example(batch, spec)[ITEM_ID])
    return np.array([item_id for ids in parsed.as_numpy_iterator() for item_id in ids])


def _allocate(
    shape: tuple[int, ...], kind: Any, memory_mb: int, pixel_file: Path | None
) -> NDArray[Any]:
    """Allocate the pixels in memory, or in a file if they are too many."""
    num_bytes = math.prod(shape) * np.dtype(kind).itemsize
    if pixel_file is None or num_bytes <= memory_mb * 1e6:
        return np.empty(shape, kind)
    pixel_file.parent.mkdir(parents=True, exist_ok=True)
    return np.memmap(pixel_file, kind, "w+", shape=shape)


def _check_labels(labels: NDArray[np.int64], facts: DatasetFacts) -> None:
    if labels.min() < 0:
        raise ValueError(
            f"{(labels < 0).sum()} examples have a label that is none of the classes "
            f"{', '.join(facts.classes)}"
        )


def _parser(
    transform_output: str, facts: DatasetFacts, image_input: ImageInput
) -> Callable[[tf.Tensor], Mapping[str, tf.Tensor]]:
    transform = tft.TFTransformOutput(transform_output)
    raw_spec = transform.raw_feature_spec()
    raw_spec = {name: raw_spec[name] for name in (IMAGE, LABEL)}
    layer = transform.transform_features_layer()

    def parse(records: tf.Tensor) -> Mapping[str, tf.Tensor]:
        features = layer(tf.io.parse_example(records, raw_spec))
        images = features.pop(IMAGE)
        if images.dtype == tf.string:
            images = decode_images(images, facts, image_input)
        return {**features, IMAGE: images}

    return parse
