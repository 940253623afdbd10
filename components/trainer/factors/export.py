# SPDX-License-Identifier: Apache-2.0
"""The factors of a new user, and all ratings of that user, as a graph."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import tensorflow as tf

from components.recommendation.factors import FactorModel
from components.trainer.ratings.export import Scorer

_ROOT_OF_TWO: Final = 2**0.5


def make_scorer(
    model: FactorModel, deviation: float, values: Sequence[float]
) -> tuple[Scorer, list[tf.Variable]]:
    """Return a scorer that folds a user in: one ridge regression on the ratings given.

    Args:
        model: Items and penalties.
        deviation: Deviation of a rating around its prediction.
        values: The ratings that there are.
    """
    factors = tf.Variable(model.item_factors, trainable=False, dtype=tf.float64)
    bias = tf.Variable(model.item_bias, trainable=False, dtype=tf.float64)
    num_factors = model.item_factors.shape[1]
    penalty = [model.ridge] * num_factors + [model.bias_ridge]
    borders = [(low + high) / 2 for low, high in pairwise(values)]

    def score(mask: tf.Tensor, ratings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rated = tf.where(mask > 0)[:, 0]
        given = tf.cast(tf.gather(ratings, rated), tf.float64)
        own = tf.gather(factors, rated)
        rows = tf.concat([own, tf.ones_like(given)[:, tf.newaxis]], axis=1)
        rest = given - model.mean - tf.gather(bias, rated)
        left = tf.matmul(rows, rows, transpose_a=True)
        left += tf.linalg.diag(tf.constant(penalty, tf.float64))
        right = tf.matmul(rows, rest[:, tf.newaxis], transpose_a=True)
        user = tf.linalg.solve(left, right)[:, 0]
        raw = tf.linalg.matvec(factors, user[:-1]) + bias + model.mean + user[-1]
        means = tf.clip_by_value(raw, model.lowest, model.highest)
        return tf.cast(means, tf.float32), _shares(means, borders, deviation)

    return score, [factors, bias]


def _shares(means: tf.Tensor, borders: Sequence[float], deviation: float) -> tf.Tensor:
    """Probability of each rating of a normal number that is rounded, (items, k)."""
    edges = tf.constant(borders, tf.float64)
    scaled = (edges - means[:, tf.newaxis]) / deviation
    below = 0.5 * (1 + tf.math.erf(scaled / _ROOT_OF_TWO))
    zero = tf.zeros_like(means)[:, tf.newaxis]
    whole = tf.concat([zero, below, zero + 1], axis=1)
    return tf.cast(whole[:, 1:] - whole[:, :-1], tf.float32)
