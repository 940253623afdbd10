# SPDX-License-Identifier: Apache-2.0
"""Contrastive divergence (Hinton 2002) of a machine of ratings."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.special import expit

from components.trainer.ratings_rbm.model import Floats, Machine
from components.trainer.ratings_rbm.params import Params

# Hidden biases see every user, and need smaller steps than weights of one item.
_HIDDEN_SHARE: Final = 0.1


@dataclass(frozen=True)
class Gradient:
    """Direction in which the data become more probable, by part of the machine."""

    weights: Floats
    item_bias: Floats
    hidden_bias: Floats
    implicit: Floats


def gradient(
    machine: Machine, visible: Floats, steps: int, rng: np.random.Generator
) -> Gradient:
    """Estimate the gradient of the log-likelihood by contrastive divergence.

    The positive phase takes E[v h'], the mean over the hidden units given the data;
    the negative phase the same of a short Markov chain that began there. Both are
    divided by how often an item is rated in the batch.

    Args:
        machine: The machine.
        visible: Ratings of a batch of users, (users, items, values).
        steps: Steps of the Markov chain.
        rng: Draws the samples.
    """
    mask = visible.sum(axis=2, keepdims=True)
    start = expit(machine.hidden_inputs(visible))
    chain, shares = visible, start
    for _ in range(steps):
        hidden = (rng.random(shares.shape, np.float32) < shares).astype(np.float32)
        chain = _sample(machine.visible_shares(hidden), rng) * mask
        shares = expit(machine.hidden_inputs(chain))
    counts = np.maximum(mask.sum(axis=0), 1)
    users = len(visible)
    flat, ended = visible.reshape(users, -1), chain.reshape(users, -1)
    shape = machine.weights.shape
    # What is rated is the same in both phases.
    rated = mask[:, :, 0]
    return Gradient(
        weights=(flat.T @ start - ended.T @ shares).reshape(shape) / counts[:, :, None],
        item_bias=(visible - chain).sum(axis=0) / counts,
        hidden_bias=(start - shares).mean(axis=0),
        implicit=rated.T @ (start - shares) / counts,
    )


class Momentum:
    """Steps along gradients, of which each repeats a part of the last.

    Args:
        params: Momentum and penalties.
        machine: The machine before the first step.
    """

    def __init__(self, params: Params, machine: Machine) -> None:
        self._params = params
        self._weights = np.zeros_like(machine.weights)
        self._item_bias = np.zeros_like(machine.item_bias)
        self._hidden_bias = np.zeros_like(machine.hidden_bias)
        self._implicit = np.zeros_like(machine.implicit)

    def step(self, machine: Machine, found: Gradient, rate: float) -> Machine:
        """Return the machine after a step."""
        params, keep = self._params, self._params.momentum
        uphill = found.weights - params.weight_decay * machine.weights
        if params.smoothness:
            uphill -= params.smoothness * _roughness(machine.weights)
        slower = rate * _HIDDEN_SHARE
        self._weights = _single(keep * self._weights + rate * uphill)
        self._item_bias = _single(keep * self._item_bias + rate * found.item_bias)
        moved_bias = keep * self._hidden_bias + slower * found.hidden_bias
        self._hidden_bias = _single(moved_bias)
        moved = replace(
            machine,
            weights=machine.weights + self._weights,
            item_bias=machine.item_bias + self._item_bias,
            hidden_bias=machine.hidden_bias + self._hidden_bias,
        )
        if not params.implicit:
            return moved
        decayed = found.implicit - params.weight_decay * machine.implicit
        self._implicit = _single(keep * self._implicit + slower * decayed)
        return replace(moved, implicit=machine.implicit + self._implicit)


def _single(numbers: Any) -> Floats:
    """In the precision of the machine."""
    return np.asarray(numbers, np.float32)


def _roughness(weights: Floats) -> Floats:
    """Half the gradient of the squared differences between neighbouring values."""
    rises = np.diff(weights, axis=1)
    none = np.zeros_like(weights[:, :1])
    before = np.concatenate([none, rises], axis=1)
    after = np.concatenate([rises, none], axis=1)
    return _single(before - after)


def _sample(shares: Floats, rng: np.random.Generator) -> Floats:
    """Draw one value of each visible unit."""
    drawn = rng.random((*shares.shape[:2], 1), np.float32)
    is_below = (drawn < shares.cumsum(axis=2)).astype(np.float32)
    # Rounding may leave the last sum below 1.
    is_below[:, :, -1] = 1
    return _single(np.diff(is_below, axis=2, prepend=np.float32(0)))
