# SPDX-License-Identifier: Apache-2.0
"""Pseudo-likelihood (Besag 1975): each pixel given all the others, which needs no Z."""

from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.evaluator.energy.machine import blocks
from components.sampling.boltzmann import Boltzmann

# Pixels that are flipped in each image, in place of all of them.
_PIXELS: Final = 10


def pseudo_log_likelihood(
    machine: Boltzmann, visible: NDArray[Any], seed: int
) -> NDArray[np.float64]:
    """Estimate sum_i log p(v_i | all others) of each row, from some pixels.

    Args:
        machine: The machine.
        visible: Zeros and ones, float32 (n, pixels).
        seed: Seeds the choice of the pixels.

    Returns:
        Nats per image, (n,).
    """
    random = np.random.default_rng(seed)
    return np.concatenate([_of_rows(machine, rows, random) for rows in blocks(visible)])


def _of_rows(
    machine: Boltzmann, rows: tf.Tensor, random: np.random.Generator
) -> NDArray[np.float64]:
    count, pixels = rows.shape
    logits = machine.hidden_logits(rows)
    before = tf.reduce_sum(tf.nn.softplus(logits), axis=1)
    total = np.zeros(count)
    for _ in range(_PIXELS):
        chosen = tf.constant(random.integers(0, pixels, count), tf.int32)
        change = 1.0 - 2.0 * tf.gather(rows, chosen, axis=1, batch_dims=1)
        moved = logits + change[:, tf.newaxis] * tf.gather(machine.weights, chosen)
        after = tf.reduce_sum(tf.nn.softplus(moved), axis=1)
        # Free energy of the image with the pixel flipped, less its own.
        rise = before - after - change * tf.gather(machine.visible_bias, chosen)
        total += tf.math.log_sigmoid(rise).numpy()
    found: NDArray[np.float64] = pixels * total / _PIXELS
    return found
