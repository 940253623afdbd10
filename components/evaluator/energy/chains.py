# SPDX-License-Identifier: Apache-2.0
"""Chains of a machine from its base rates: draws, pictures on the way, memory."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.evaluator.energy.machine import ExportedMachine
from components.sampling.autocorrelation import autocorrelation_time
from components.sampling.boltzmann import Boltzmann, draw_bernoulli

# Steps after which pictures are shown.
SHOWN_STEPS: Final = (1, 10, 100, 1000)
CHAINS_SHOWN: Final = 10


@dataclass(frozen=True)
class Chains:
    """Where chains of a machine got to."""

    draws: NDArray[np.float32]
    """Visible units at the end, (chains, pixels)."""

    energies: NDArray[np.float64]
    """Free energy at each step after the burn-in, (steps, chains)."""

    @property
    def autocorrelation_time(self) -> float:
        """Steps that are worth one independent draw."""
        return autocorrelation_time(self.energies)


def run_chains(
    exported: ExportedMachine, chains: int, burn_in: int, steps: int, seed: int
) -> Chains:
    """Run chains from the base rates.

    Args:
        exported: The machine.
        chains: Number of chains.
        burn_in: Steps whose energies are not recorded.
        steps: Steps after those.
        seed: Seeds all draws.
    """
    machine = exported.machine
    parts = (machine.weights, machine.visible_bias, machine.hidden_bias)
    start = _start(exported, chains, seed)
    settled, _ = _run(*parts, start, tf.constant(burn_in), tf.constant([seed, 1]))
    end, energies = _run(*parts, settled, tf.constant(steps), tf.constant([seed, 2]))
    return Chains(end.numpy(), energies.numpy().astype(np.float64))


def pictures_on_the_way(exported: ExportedMachine, seed: int) -> NDArray[np.float32]:
    """Return some chains after `SHOWN_STEPS`: (times, chains, pixels), from 0 to 1."""
    machine = exported.machine
    parts = (machine.weights, machine.visible_bias, machine.hidden_bias)
    visible, done = _start(exported, CHAINS_SHOWN, seed), 0
    shown = []
    for number, steps in enumerate(SHOWN_STEPS):
        way = tf.constant(steps - done)
        visible, _ = _run(*parts, visible, way, tf.constant([seed, 10 + number]))
        shown.append(machine.reconstruct(visible).numpy())
        done = steps
    return np.stack(shown)


def _start(exported: ExportedMachine, chains: int, seed: int) -> tf.Tensor:
    rates = tf.repeat(tf.sigmoid(exported.base)[tf.newaxis], chains, axis=0)
    return draw_bernoulli(rates, [seed, 0])


@tf.function(reduce_retracing=True)
def _run(
    weights: Any,
    visible_bias: Any,
    hidden_bias: Any,
    start: tf.Tensor,
    steps: tf.Tensor,
    seed: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    machine = Boltzmann(weights, visible_bias, hidden_bias)
    energies = tf.TensorArray(tf.float32, size=steps)
    visible = start
    for step in tf.range(steps):
        visible = machine.walk(visible, 1, tf.random.fold_in(seed, step))
        energies = energies.write(step, machine.free_energy(visible))
    return visible, energies.stack()
