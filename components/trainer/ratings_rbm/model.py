# SPDX-License-Identifier: Apache-2.0
"""A restricted Boltzmann machine whose visible units are ratings.

A visible unit is what one user gave to one item: one of k values, a softmax. All users
share the weights; each has visible units only for what he or she rated. So nothing is
filled in for what is missing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from components.recommendation.ratings import Ids, Ratings
from components.trainer.ratings_rbm.params import Params

Floats = NDArray[np.float32]

_START: Final = 0.01
# Added to each count, so that no rating is impossible.
_PRIOR: Final = 0.5
# Ratings that are predicted at once: their values times hidden units in memory.
_AT_ONCE: Final = 4096


@dataclass(frozen=True)
class Machine:
    """Weights and biases."""

    weights: Floats
    """(items, values, hidden)."""

    item_bias: Floats
    """(items, values)."""

    hidden_bias: Floats
    """(hidden,)."""

    implicit: Floats
    """What it tells that an item was rated, (items, hidden); (0, hidden) if that is not
    learnt."""

    @property
    def has_implicit(self) -> bool:
        """Whether hidden units see which items were rated."""
        return self.implicit.size > 0

    @property
    def num_parameters(self) -> int:
        """Numbers that were learnt."""
        known = self.weights.size + self.item_bias.size + self.hidden_bias.size
        return int(known + self.implicit.size)

    def hidden_inputs(self, visible: Floats) -> Floats:
        """Inputs of the hidden units, (users, hidden).

        Args:
            visible: One for the rating of each user and item, 0 elsewhere, (users,
                items, values).
        """
        flat = visible.reshape(len(visible), -1)
        total = flat @ self.weights.reshape(flat.shape[1], -1) + self.hidden_bias
        if self.has_implicit:
            total = total + visible.sum(axis=2) @ self.implicit
        return np.asarray(total, np.float32)

    def visible_shares(self, hidden: Floats) -> Floats:
        """Probability of each rating given hidden units, (users, items, values)."""
        shape = self.item_bias.shape
        flat = hidden @ self.weights.reshape(-1, hidden.shape[1]).T
        logits = flat.reshape(-1, *shape) + self.item_bias
        shares: Floats = softmax(logits, axis=-1)
        return shares

    def predict_shares(self, visible: Floats, users: Ids, items: Ids) -> Floats:
        """Probability of each rating that was not seen, hidden units summed out.

        p(k) is proportional to exp(b_k) prod_j (1 + exp(input_j + w_kj)).

        Args:
            visible: Known ratings, as of `hidden_inputs`.
            users: User of each wanted rating, (n,).
            items: Its item, (n,).

        Returns:
            (n, values).
        """
        inputs = self.hidden_inputs(visible)
        found = []
        for start in range(0, len(users), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            item = items[part]
            raised = inputs[users[part]][:, None, :] + self.weights[item]
            total = self.item_bias[item] + np.logaddexp(0, raised).sum(axis=2)
            found.append(softmax(total, axis=-1))
        none = np.empty((0, visible.shape[2]), np.float32)
        return np.concatenate(found) if found else none


def build_model(
    params: Params, ratings: Ratings, values: NDArray[np.float64], seed: int
) -> Machine:
    """Make a machine before its first step: the biases are those of the shares.

    Args:
        params: Hidden units.
        ratings: Training ratings.
        values: The ratings that there are.
        seed: Seeds the weights.
    """
    rng = np.random.default_rng(seed)
    shape = (ratings.num_items, len(values))
    counts = np.full(shape, _PRIOR)
    np.add.at(counts, (ratings.items, np.searchsorted(values, ratings.values)), 1)
    bias = np.log(counts / counts.sum(axis=1, keepdims=True))
    weights = rng.normal(0, _START, (*shape, params.hidden))
    return Machine(
        weights.astype(np.float32),
        bias.astype(np.float32),
        np.zeros(params.hidden, np.float32),
        np.zeros((ratings.num_items if params.implicit else 0, params.hidden), "f4"),
    )


def visible_units(ratings: Ratings, users: Ids, values: NDArray[np.float64]) -> Floats:
    """Ratings of some users as visible units, float32 (users, items, values).

    Args:
        ratings: Ratings; of one that is there twice both count.
        users: The users.
        values: The ratings that there are.
    """
    visible = np.zeros((len(users), ratings.num_items, len(values)), np.float32)
    for place, user in enumerate(users.tolist()):
        rows = ratings.rows_by_user[user]
        steps = np.searchsorted(values, ratings.values[rows])
        visible[place, ratings.items[rows], steps] = 1
    return visible
