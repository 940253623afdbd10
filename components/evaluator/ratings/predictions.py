# SPDX-License-Identifier: Apache-2.0
"""Predictions and recommendations of a model, user by user through its signatures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import tensorflow as tf

from components.contracts.signatures import (
    COUNT,
    IS_KNOWN,
    ITEMS,
    PREDICT_RATINGS,
    PROBABILITIES,
    RATED,
    RATINGS,
    RECOMMEND,
    RECOMMEND_USER,
    USER,
    VALUE,
    WANTED,
)
from components.evaluator.ratings.histories import Histories
from components.recommendation.ratings import Ids, Numbers
from components.serving.saved_model import SavedModel

NUM_RECOMMENDED: Final = 10


@dataclass(frozen=True)
class Predictions:
    """What a model says of the ratings under test."""

    means: Numbers
    """Expected rating, (n,)."""

    shares: Numbers
    """Probability of each rating, (n, k)."""

    @property
    def num_invalid(self) -> int:
        """Ratings whose prediction is no number, or whose shares are none."""
        sums = self.shares.sum(axis=1)
        valid = np.isfinite(self.means) & np.isfinite(sums)
        valid &= (self.shares >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-3)
        return int((~valid).sum())


def predict_tested(
    model: SavedModel, found: Histories, most_known: int | None = None
) -> Predictions:
    """Predict the ratings under test.

    Args:
        model: The exported model.
        found: The ratings.
        most_known: How many of the first ratings of each user the model gets. Defaults
            to all of them.
    """
    tested = found.tested
    means = np.full(len(tested), np.nan)
    shares = np.full((len(tested), len(found.values)), np.nan)
    predict = model.signature(PREDICT_RATINGS)
    for user, rows in enumerate(tested.rows_by_user):
        if not len(rows):
            continue
        outputs = predict(
            **_known(found, user, most_known),
            **{WANTED: tf.constant([found.items[item] for item in tested.items[rows]])},
        )
        means[rows] = outputs[VALUE].numpy()
        shares[rows] = outputs[PROBABILITIES].numpy()
    unknown = tested.items >= found.num_known_items
    # An item that training does not know has no answer: the mean of all stands for it.
    means[unknown] = found.train.values.mean()
    counts = [np.isclose(found.train.values, value).mean() for value in found.values]
    shares[unknown] = counts
    return Predictions(means, shares)


def recommend_to_all(model: SavedModel, found: Histories) -> dict[int, Ids]:
    """Ask for recommendations for each user of the split under test.

    Args:
        model: The exported model.
        found: The ratings.

    Returns:
        User -> items, the best first.
    """
    recommend = model.signature(RECOMMEND)

    def ask(user: int, count: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return recommend(**_known(found, user), **{COUNT: count})

    return _ask_all(found, ask)


def recommend_by_name(model: SavedModel, found: Histories) -> dict[int, Ids]:
    """Ask for recommendations for each user of the split under test by name.

    Args:
        model: The exported model.
        found: The ratings.

    Returns:
        User -> items, the best first; without the users that the model does not know.
    """
    recommend = model.signature(RECOMMEND_USER)

    def ask(user: int, count: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return recommend(**{USER: tf.constant(found.users[user]), COUNT: count})

    return _ask_all(found, ask)


def _ask_all(
    found: Histories, ask: Callable[[int, tf.Tensor], Mapping[str, tf.Tensor]]
) -> dict[int, Ids]:
    """Items that each user of the split under test is answered, the best first."""
    index = {name: n for n, name in enumerate(found.items)}
    count = tf.constant(NUM_RECOMMENDED, tf.int32)
    listed = {}
    for user, rows in enumerate(found.tested.rows_by_user):
        if not len(rows):
            continue
        outputs = ask(user, count)
        if IS_KNOWN not in outputs or int(outputs[IS_KNOWN].numpy()):
            names = [name.decode() for name in outputs[ITEMS].numpy()]
            listed[user] = np.array([index[name] for name in names], np.int64)
    return listed


def _known(
    found: Histories, user: int, most_known: int | None = None
) -> dict[str, tf.Tensor]:
    """Inputs of a signature: what a user rated before."""
    rows = found.history.rows_by_user[user][:most_known]
    names = [found.items[item] for item in found.history.items[rows]]
    return {
        RATED: tf.constant(names, tf.string),
        RATINGS: tf.constant(found.history.values[rows], tf.float32),
    }
