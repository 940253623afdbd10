# SPDX-License-Identifier: Apache-2.0
"""Export of a model of ratings as a SavedModel.

Its signatures take what a caller has, not the number of a user:

* `predict_ratings`: rated items with their ratings, and wanted items;
* `recommend`: rated items with their ratings, and how many items are wanted;
* `recommend_user`: the name of a user of the training, and how many;
* `list_items`: nothing; names and titles of all items.

What was rated is never recommended. An item that the model does not know is left out
of what was rated; as a wanted one it is answered by NaN.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from components.contracts.signatures import (
    COUNT,
    IS_KNOWN,
    ITEMS,
    LIST_ITEMS,
    PREDICT_RATINGS,
    PROBABILITIES,
    RATED,
    RATINGS,
    RECOMMEND,
    RECOMMEND_USER,
    TITLES,
    USER,
    VALUE,
    WANTED,
)
from components.trainer.ratings.data import RatingData

# From which items a user rated, float32 (items,) of 0 and 1, and how, float32 (items,)
# with 0 elsewhere: expected rating, float32 (items,), and probability of each rating,
# float32 (items, values).
Scorer = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


class RatingsModule(tf.Module):
    """The signatures around a scorer.

    Args:
        scorer: Scores all items for one user.
        variables: What the scorer reads, to be saved with it.
        data: Names, titles and the ratings of known users.
    """

    def __init__(
        self, scorer: Scorer, variables: list[tf.Variable], data: RatingData
    ) -> None:
        super().__init__()
        self._scorer = scorer
        self._kept = variables
        self._names = tf.Variable(list(data.items), trainable=False, dtype=tf.string)
        self._titles = tf.Variable(list(data.titles), trainable=False, dtype=tf.string)
        self._index = _table(data.items)
        self._user_index = _table(data.users)
        # What was kept for validation is rated, too.
        own = data.train.joined(data.validation)
        rows = own.rows_by_user
        flat = np.concatenate(rows) if rows else np.empty(0, int)
        starts = np.cumsum([0, *map(len, rows)])
        self._starts = tf.Variable(starts, trainable=False, dtype=tf.int64)
        self._own_items = _kept(own.items[flat], tf.int64)
        self._own_values = _kept(own.values[flat], tf.float32)
        self._size = len(data.items)

    def _vectors(
        self, ids: tf.Tensor, values: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Which items are rated and how; the mean of an item that is there twice."""
        known = ids >= 0
        places = tf.boolean_mask(ids, known)[:, tf.newaxis]
        shape = tf.constant([self._size], tf.int64)
        given = tf.boolean_mask(values, known)
        counts = tf.scatter_nd(places, tf.ones_like(given), shape)
        sums = tf.scatter_nd(places, given, shape)
        return tf.minimum(counts, 1.0), tf.math.divide_no_nan(sums, counts)

    def _best(
        self, mask: tf.Tensor, values: tf.Tensor, count: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        scores, _ = self._scorer(mask, values)
        left = tf.where(mask > 0, tf.constant(-np.inf, tf.float32), scores)
        most = self._size - tf.cast(tf.reduce_sum(mask), tf.int32)
        best = tf.math.top_k(left, tf.clip_by_value(count, 0, most))
        return {
            ITEMS: tf.gather(self._names, best.indices),
            TITLES: tf.gather(self._titles, best.indices),
            VALUE: best.values,
        }

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, RATED),
            tf.TensorSpec([None], tf.float32, RATINGS),
            tf.TensorSpec([None], tf.string, WANTED),
        ]
    )
    def predict_ratings(
        self, rated: tf.Tensor, ratings: tf.Tensor, wanted: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Predict how a user will rate items."""
        scores, shares = self._scorer(*self._vectors(self._index[rated], ratings))
        ids = self._index[wanted]
        known = ids >= 0
        places = tf.maximum(ids, 0)
        nan = tf.constant(np.nan, tf.float32)
        return {
            VALUE: tf.where(known, tf.gather(scores, places), nan),
            PROBABILITIES: tf.where(
                known[:, tf.newaxis], tf.gather(shares, places), nan
            ),
        }

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, RATED),
            tf.TensorSpec([None], tf.float32, RATINGS),
            tf.TensorSpec([], tf.int32, COUNT),
        ]
    )
    def recommend(
        self, rated: tf.Tensor, ratings: tf.Tensor, count: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """The items with the highest expected ratings that are not rated."""
        return self._best(*self._vectors(self._index[rated], ratings), count)

    @tf.function(
        input_signature=[
            tf.TensorSpec([], tf.string, USER),
            tf.TensorSpec([], tf.int32, COUNT),
        ]
    )
    def recommend_user(self, user: tf.Tensor, count: tf.Tensor) -> dict[str, tf.Tensor]:
        """The same of a user by name, by the ratings of training and validation."""
        found = self._user_index[user]
        place = tf.maximum(found, 0)
        start = self._starts[place]
        # Of an unknown user nothing is known.
        end = tf.where(found >= 0, self._starts[place + 1], start)
        vectors = self._vectors(self._own_items[start:end], self._own_values[start:end])
        return {**self._best(*vectors, count), IS_KNOWN: tf.cast(found >= 0, tf.int32)}

    @tf.function(input_signature=[])
    def list_items(self) -> dict[str, tf.Tensor]:
        """Names and titles of all items."""
        return {ITEMS: tf.identity(self._names), TITLES: tf.identity(self._titles)}


def export_ratings_model(
    scorer: Scorer, variables: list[tf.Variable], data: RatingData, folder: Path
) -> None:
    """Write a SavedModel with the signatures of models of ratings.

    Args:
        scorer: Scores all items for one user, in operations of TensorFlow.
        variables: What the scorer reads.
        data: Names, titles and the ratings of known users.
        folder: Folder of the SavedModel.
    """
    module = RatingsModule(scorer, variables, data)
    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            PREDICT_RATINGS: module.predict_ratings,
            RECOMMEND: module.recommend,
            RECOMMEND_USER: module.recommend_user,
            LIST_ITEMS: module.list_items,
        },
    )


def _table(names: tuple[str, ...]) -> tf.lookup.StaticHashTable:
    """Name -> index, -1 for an unknown one."""
    keys = tf.constant(list(names), tf.string)
    values = tf.range(len(names), dtype=tf.int64)
    initializer = tf.lookup.KeyValueTensorInitializer(keys, values)
    return tf.lookup.StaticHashTable(initializer, default_value=-1)


def _kept(values: object, dtype: tf.DType) -> tf.Variable:
    return tf.Variable(tf.constant(values, dtype), trainable=False)
