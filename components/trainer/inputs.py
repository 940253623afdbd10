# SPDX-License-Identifier: Apache-2.0
"""From Ingest's records to batches: read once into memory, then draw epoch after epoch.

Everything random depends on (seed, epoch, step) and on nothing else, so a training that
resumes at epoch e sees exactly the batches of one that was never interrupted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.items import IMAGE, ITEM_ID, LABEL, LABEL_WEIGHT, DatasetFacts
from components.trainer.augmentation import Augmentation, augment

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_BATCH = 4096


@dataclass(frozen=True)
class ImageArrays:
    """One split of labelled images in memory.

    Attributes:
        images: uint8 (items, height, width, channels).
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
    patterns: Sequence[str], transform_output: str, facts: DatasetFacts
) -> ImageArrays:
    """Read a split of Ingest's examples through the transform graph.

    The items come in the order of their ids: neither the number of shards nor the order
    in which Beam wrote them changes a model.

    Args:
        patterns: Globs of TFRecord files, as the Trainer hands them over.
        transform_output: Folder of the transform graph.
        facts: The data set, for the shape and encoding of an image.

    Raises:
        ValueError: If there are no examples, or a label is none of the classes.
    """
    import numpy as np
    import tensorflow as tf

    dataset = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    records = tf.data.TFRecordDataset(dataset).batch(READ_BATCH)
    batches = list(records.map(_parser(transform_output, facts)).as_numpy_iterator())
    if not batches:
        raise ValueError(f"no examples in {', '.join(patterns)}")
    columns = {name: np.concatenate([b[name] for b in batches]) for name in batches[0]}
    order = np.argsort(columns.pop(ITEM_ID), kind="stable")
    images, labels = columns[IMAGE][order], columns[LABEL][order]
    if labels.min() < 0:
        raise ValueError(
            f"{np.sum(labels < 0)} examples have a label that is none of the classes "
            f"{', '.join(facts.classes)}"
        )
    return ImageArrays(images, labels, columns[LABEL_WEIGHT][order])


def decode_images(encoded: Any, facts: DatasetFacts) -> Any:
    """Decode a batch of image bytes to uint8 pixels.

    Args:
        encoded: String tensor (batch,).
        facts: The data set, for the shape and encoding of an image.

    Raises:
        ValueError: If the encoding is not known.
    """
    import tensorflow as tf

    if facts.encoding != "raw":
        raise ValueError(
            f"images of {facts.name!r}: expected the encoding 'raw'.\n"
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

    parts = (arrays.images, arrays.labels, arrays.label_weights)
    columns = [tf.constant(part) for part in parts[: 3 if weighted else 2]]
    num_steps = steps_per_epoch(arrays, batch_size)

    def epoch(number: Any) -> Any:
        epoch_seed = tf.random.fold_in([seed, 0], number)
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(arrays)), seed=epoch_seed
        )

        def batch(step: Any) -> tuple[Any, ...]:
            start = tf.cast(step, tf.int32) * batch_size
            chosen = order[start : start + batch_size]
            images, *others = (tf.gather(column, chosen) for column in columns)
            step_seed = tf.random.fold_in(epoch_seed, step + 1)
            return augment(images, augmentation, step_seed), *others

        return tf.data.Dataset.range(num_steps).map(batch, tf.data.AUTOTUNE)

    # Order must not depend on which thread is faster: `deterministic` is the default.
    endless = tf.data.Dataset.counter(first_epoch).flat_map(epoch)
    return endless.prefetch(tf.data.AUTOTUNE)


def _parser(transform_output: str, facts: DatasetFacts) -> Any:
    import tensorflow as tf
    import tensorflow_transform as tft

    transform = tft.TFTransformOutput(transform_output)
    raw_spec = transform.raw_feature_spec()
    raw_spec = {name: raw_spec[name] for name in (IMAGE, LABEL)}
    id_spec = {ITEM_ID: tf.io.FixedLenFeature([], tf.string)}
    layer = transform.transform_features_layer()

    def parse(records: Any) -> dict[str, Any]:
        raw = tf.io.parse_example(records, {**raw_spec, **id_spec})
        item_id = raw.pop(ITEM_ID)
        features = layer(raw)
        images = decode_images(features.pop(IMAGE), facts)
        return {**features, IMAGE: images, ITEM_ID: item_id}

    return parse
