# SPDX-License-Identifier: Apache-2.0
"""The ratings of a user by a machine, hidden units summed out, as a graph."""

from collections.abc import Sequence

import tensorflow as tf

from components.trainer.ratings.export import Scorer
from components.trainer.ratings_rbm.model import Machine


def make_scorer(
    machine: Machine, values: Sequence[float]
) -> tuple[Scorer, list[tf.Variable]]:
    """Return a scorer that computes p(k) of each item, and its expectation.

    Args:
        machine: The machine.
        values: The ratings that there are; a rating given counts as the nearest.
    """
    weights, item_bias, hidden_bias, implicit = kept = [
        tf.Variable(part, trainable=False)
        for part in (
            machine.weights,
            machine.item_bias,
            machine.hidden_bias,
            machine.implicit,
        )
    ]
    scale = tf.constant(list(values), tf.float32)

    def score(mask: tf.Tensor, ratings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rated = tf.where(mask > 0)[:, 0]
        given = tf.gather(ratings, rated)
        steps = tf.argmin(tf.abs(given[:, tf.newaxis] - scale), axis=1)
        places = tf.stack([rated, steps], axis=1)
        inputs = hidden_bias + tf.reduce_sum(tf.gather_nd(weights, places), axis=0)
        if machine.has_implicit:
            inputs += tf.reduce_sum(tf.gather(implicit, rated), axis=0)
        total = item_bias + tf.reduce_sum(tf.math.softplus(inputs + weights), axis=2)
        shares = tf.nn.softmax(total)
        return tf.linalg.matvec(shares, scale), shares

    return score, kept
