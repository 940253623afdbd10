# SPDX-License-Identifier: Apache-2.0
"""Ratings by user, read from Ingest's examples through the transform graph."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import ITEM, ITEM_ID, TARGET, TITLE, USER
from components.contracts.ratings_layout import RatingsLayout
from components.core.errors import UsageError
from components.recommendation.ratings import Ratings, nearest_ratings


@dataclass(frozen=True)
class RatingData:
    """Training and validation split; a trainer does not read the test split."""

    train: Ratings
    """The ratings that are learnt from."""

    validation: Ratings
    """Later ratings of the same users, for model selection."""

    users: tuple[str, ...]
    """Names of the users in the order of their indices."""

    items: tuple[str, ...]
    """Names of the rated items in the order of their indices."""

    titles: tuple[str, ...]
    """Their titles, "" for one without."""

    layout: RatingsLayout
    """Scale of the ratings."""

    @property
    def values(self) -> NDArray[np.float64]:
        """The ratings that there are, rising."""
        return np.array(self.layout.values)

    def names(self) -> list[str]:
        """What pages call the items: by title, or by name."""
        pairs = zip(self.titles, self.items, strict=True)
        return [title or f"{self.layout.called} {item}" for title, item in pairs]


def read_ratings(
    train_files: Sequence[str],
    validation_files: Sequence[str],
    transform_output: str,
    facts: DatasetFacts,
) -> RatingData:
    """Read both splits.

    Args:
        train_files: Globs of TFRecord files, as the Trainer passes them.
        validation_files: The same, of the validation split.
        transform_output: Folder of the transform graph.
        facts: The data set.

    Raises:
        UsageError: The data set holds no ratings.
    """
    if facts.ratings is None:
        raise UsageError(
            "expected a data set of the modality ratings.\n"
            f"Received {facts.name!r}, of the modality {facts.modality}."
        )
    transform = tft.TFTransformOutput(transform_output)
    users, items = (
        tuple(word.decode() for word in transform.vocabulary_by_name(name))
        for name in (USER, ITEM)
    )
    sizes = len(users), len(items)
    layout = facts.ratings
    train, named = _read(train_files, transform, sizes, layout)
    validation, _ = _read(validation_files, transform, sizes, layout)
    titles = tuple(named.get(index, "") for index in range(len(items)))
    return RatingData(train, validation, users, items, titles, layout)


def _read(
    patterns: Sequence[str],
    transform: tft.TFTransformOutput,
    sizes: tuple[int, int],
    layout: RatingsLayout,
) -> tuple[Ratings, dict[int, str]]:
    """Known ratings of a split in the order of their ids, and titles by item."""
    files = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    spec = transform.raw_feature_spec()
    spec[ITEM_ID] = tf.io.FixedLenFeature([], tf.string)
    layer = transform.transform_features_layer()

    def parse(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        raw = tf.io.parse_example(batch, spec)
        item_ids = raw.pop(ITEM_ID)
        found = layer(raw)
        wanted = {name: found[name] for name in (USER, ITEM, TARGET, TITLE)}
        return {**wanted, ITEM_ID: item_ids}

    records = tf.data.TFRecordDataset(files).batch(8192)
    batches = list(records.map(parse).as_numpy_iterator())
    if not batches:
        raise ValueError(f"no examples in {', '.join(patterns)}")
    columns = {name: np.concatenate([b[name] for b in batches]) for name in batches[0]}
    order = np.argsort(columns[ITEM_ID], kind="stable")
    users, items, targets, titles = (
        columns[name][order] for name in (USER, ITEM, TARGET, TITLE)
    )
    values = nearest_ratings(targets, layout.values)
    ratings = Ratings(users.astype(int), items.astype(int), values, *sizes).known()
    named = {
        int(item): title.decode()
        for item, title in zip(items, titles, strict=True)
        if title
    }
    return ratings, named
