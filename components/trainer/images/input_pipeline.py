# SPDX-License-Identifier: Apache-2.0
"""From Ingest's records to batches: read once, then draw epoch after epoch.

A split is kept as pixels of the model's size. Where that would take too much memory it
lies in a file, and the encoded photographs pass through memory a few at a time.

Everything random depends on (seed, epoch, step) and on nothing else, so a training that
resumes at epoch e sees exactly the batches of one that was never interrupted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE, ITEM_ID, LABEL, LABEL_WEIGHT
from components.trainer.images.augmentation import Augmentation, augment
from components.trainer.images.resizing import (
    Framing,
    decode_photographs,
    framed_shape,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_BATCH: Final = 4096
# Encoded photographs in memory at once; each may have many megabytes.
PHOTOGRAPHS_READ_BATCH: Final = 32


@dataclass(frozen=True)
class ImageArrays:
    """One split of labelled images.

    Attributes:
        images: uint8 (items, height, width, channels), in memory or mapped from a file;
            or float32 features of them.
        labels: int64 index of the class.
        label_weights: float32 inverse class share on the train split, mean 1.
    """

    images: "NDArray[Any]"
    labels: "NDArray[Any]"
    label_weights: "NDArray[Any]"

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class ImageData:
    """What a trainer of images gets to see; the test split is not part of it."""

    train: ImageArrays
    validation: ImageArrays
    num_classes: int

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Height, width and channels."""
        return tuple(self.train.images.shape[1:])


def read_images(
    patterns: Sequence[str],
    transform_output: str,
    facts: DatasetFacts,
    framing: Framing = Framing(),  # noqa: B008 - frozen
    spool: Path | None = None,
) -> ImageArrays:
    """Read a split of Ingest's examples through the transform graph.

    The items come in the order of their ids: neither the number of shards nor the order
    in which Beam wrote them changes a model.

    Args:
        patterns: Globs of TFRecord files, as the Trainer hands them over.
        transform_output: Folder of the transform graph.
        facts: The data set, for the shape and encoding of an image.
        framing: The model's image size. Defaults to that of the data set.
        spool: File for the pixels of a split that is too large for the memory. Defaults
            to none: every split is kept in memory.

    Raises:
        ValueError: If there are no examples, or a label is none of the classes.
    """
    import numpy as np
    import tensorflow as tf

    files = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    size = PHOTOGRAPHS_READ_BATCH if facts.has_photographs else READ_BATCH
    batches = tf.data.TFRecordDataset(files).batch(size)
    ids = _read_ids(batches)
    if not len(ids):
        raise ValueError(f"no examples in {', '.join(patterns)}")
    # Where each record, in the order of the files, goes in the order of the ids.
    places = np.empty(len(ids), np.int64)
    places[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    images = _room_for((len(ids), *framed_shape(facts, framing)), framing, spool)
    labels, weights = np.empty(len(ids), np.int64), np.empty(len(ids), np.float32)
    parsed = batches.map(_parser(transform_output, facts, framing)).prefetch(1)
    start = 0
    for batch in parsed.as_numpy_iterator():
        chosen = places[start : start + len(batch[LABEL])]
        images[chosen] = batch[IMAGE]
        labels[chosen], weights[chosen] = batch[LABEL], batch[LABEL_WEIGHT]
        start += len(chosen)
    _check_labels(labels, facts)
    return ImageArrays(images, labels, weights)


def _read_ids(batches: Any) -> Any:
    import numpy as np
    import tensorflow as tf

    spec = {ITEM_ID: tf.io.FixedLenFeature([], tf.string)}
    parsed = batches.map(lambda batch: tf.io.parse_example(batch, spec)[ITEM_ID])
    return np.array([one for ids in parsed.as_numpy_iterator() for one in ids])


def _room_for(shape: tuple[int, ...], framing: Framing, spool: Path | None) -> Any:
    """An array for the pixels: in memory, or in a file where they are too many."""
    import numpy as np

    if spool is None or math.prod(shape) <= framing.memory_mb * 1e6:
        return np.empty(shape, np.uint8)
    spool.parent.mkdir(parents=True, exist_ok=True)
    return np.memmap(spool, np.uint8, "w+", shape=shape)


def _check_labels(labels: Any, facts: DatasetFacts) -> None:
    if labels.min() < 0:
        raise ValueError(
            f"{(labels < 0).sum()} examples have a label that is none of the classes "
            f"{', '.join(facts.classes)}"
        )


def decode_images(
    encoded: Any,
    facts: DatasetFacts,
    framing: Framing = Framing(),  # noqa: B008 - frozen
) -> Any:
    """Decode a batch of image bytes to uint8 pixels.

    Args:
        encoded: String tensor (batch,).
        facts: The data set, for the shape and encoding of an image.
        framing: The model's image size. Defaults to that of the data set.

    Raises:
        ValueError: If the encoding is not known.
    """
    import tensorflow as tf

    if facts.has_photographs:
        return decode_photographs(encoded, framing)
    if facts.encoding != "raw":
        raise ValueError(
            f"images of {facts.name!r}: expected the encoding 'raw', 'jpeg' or 'png'.\n"
            f"Received {facts.encoding!r}."
        )
    return tf.reshape(tf.io.decode_raw(encoded, tf.uint8), [-1, *facts.image_shape])


def steps_per_epoch(arrays: ImageArrays, batch_size: int) -> int:
    """Steps that show every item once; the last one may be smaller."""
    return math.ceil(len(arrays) / batch_size)


def epochs(
    arrays: ImageArrays,
    batch_size: int,
    seed: int,
    augmentation: Augmentation,
    first_epoch: int = 0,
    weighted: bool = False,
) -> Any:
    """Draw batches without end, each epoch in its own order.

    Args:
        arrays: The items.
        batch_size: Items per batch; the last batch of an epoch holds what is left.
        seed: Decides order and augmentation, together with epoch and step.
        augmentation: The largest distortions.
        first_epoch: Where to start. Defaults to 0.
        weighted: Whether to give each item its class weight. Defaults to False.

    Returns:
        A `tf.data.Dataset` of (images, labels) or (images, labels, weights).
    """
    import tensorflow as tf

    parts = (arrays.labels, arrays.label_weights)
    columns = [tf.constant(part) for part in parts[: 2 if weighted else 1]]
    pick = _picker(arrays.images)
    num_steps = steps_per_epoch(arrays, batch_size)

    def epoch(number: Any) -> Any:
        epoch_seed = tf.random.fold_in([seed, 0], number)
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(arrays)), seed=epoch_seed
        )

        def batch(step: Any) -> tuple[Any, ...]:
            start = tf.cast(step, tf.int32) * batch_size
            chosen = order[start : start + batch_size]
            others = [tf.gather(column, chosen) for column in columns]
            step_seed = tf.random.fold_in(epoch_seed, step + 1)
            return augment(pick(chosen), augmentation, step_seed), *others

        return tf.data.Dataset.range(num_steps).map(batch, tf.data.AUTOTUNE)

    # Order must not depend on which thread is faster: `deterministic` is the default.
    endless = tf.data.Dataset.counter(first_epoch).flat_map(epoch)
    return endless.prefetch(tf.data.AUTOTUNE)


def _picker(images: Any) -> Any:
    """Takes rows of an array; those of a mapped file are read when they are wanted."""
    import numpy as np
    import tensorflow as tf

    if not isinstance(images, np.memmap):
        column = tf.constant(images)
        return lambda chosen: tf.gather(column, chosen)

    def pick(chosen: Any) -> Any:
        rows = tf.numpy_function(lambda rows: images[rows], [chosen], images.dtype)
        return tf.ensure_shape(rows, [None, *images.shape[1:]])

    return pick


def _parser(transform_output: str, facts: DatasetFacts, framing: Framing) -> Any:
    import tensorflow as tf
    import tensorflow_transform as tft

    transform = tft.TFTransformOutput(transform_output)
    raw_spec = transform.raw_feature_spec()
    raw_spec = {name: raw_spec[name] for name in (IMAGE, LABEL)}
    layer = transform.transform_features_layer()

    def parse(records: Any) -> dict[str, Any]:
        features = layer(tf.io.parse_example(records, raw_spec))
        images = decode_images(features.pop(IMAGE), facts, framing)
        return {**features, IMAGE: images}

    return parse
