# SPDX-License-Identifier: Apache-2.0
"""Log of the partition function Z of a restricted Boltzmann machine, in nats.

Annealed importance sampling (AIS; Neal 2001, Salakhutdinov and Murray 2008) walks from
a machine without weights, whose Z is known, through machines in between to the given
one. Between base rates a and machine (W, b, c), the one at inverse temperature t in
[0, 1] has weights t W, hidden biases t c and visible biases (1 - t) a + t b.

forward   from the base rates to the machine: log Z too low on average, so that a model
          looks better than it is
reverse   from draws of the machine back to the base rates (Burda et al. 2015): log Z
          too high on average, if the draws are those of the machine

The truth lies between the two, and the gap tells how well either is known.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.sampling.boltzmann import Boltzmann, Seed, draw_bernoulli
from components.sampling.monte_carlo import Estimate, log_mean_exp

# Hidden units up to which all their states are summed.
MOST_EXACT: Final = 20
_STATES_AT_ONCE: Final = 2**12
_START_STREAM: Final = 3


@dataclass(frozen=True)
class Annealing:
    """The way between base rates and machine."""

    temperatures: int = 10_000
    """Machines in between; each step goes from one to the next."""

    chains: int = 100
    """Independent ways, of which a mean is taken."""

    def schedule(self) -> NDArray[np.float32]:
        """Return the inverse temperatures from 0 to 1, denser towards 1.

        A tenth of the steps goes up to a half, four tenths to 0.9, half of them above
        (after Salakhutdinov and Murray 2008).
        """
        shares = np.linspace(0.0, 1.0, self.temperatures + 1)
        bends = [0.0, 0.1, 0.5, 1.0], [0.0, 0.5, 0.9, 1.0]
        return np.interp(shares, *bends).astype(np.float32)


def exact_log_partition(machine: Boltzmann) -> float:
    """Compute log Z by summing over all states of the hidden units.

    Args:
        machine: With at most 20 hidden units.

    Raises:
        ValueError: If it has more.
    """
    count = int(machine.hidden_bias.shape[0])
    if count > MOST_EXACT:
        raise ValueError(
            f"log Z by enumeration: expected at most {MOST_EXACT} hidden units.\n"
            f"Received {count}. Use `annealed_log_partition`."
        )
    weights, visible_bias, hidden_bias = (
        np.asarray(part, np.float64)
        for part in (machine.weights, machine.visible_bias, machine.hidden_bias)
    )
    total = -math.inf
    for start in range(0, 2**count, _STATES_AT_ONCE):
        numbers = np.arange(start, min(start + _STATES_AT_ONCE, 2**count))
        states = (numbers[:, np.newaxis] >> np.arange(count) & 1).astype(np.float64)
        visible = np.logaddexp(0.0, states @ weights.T + visible_bias).sum(axis=1)
        total = np.logaddexp(total, np.logaddexp.reduce(states @ hidden_bias + visible))
    return float(total)


def annealed_log_partition(
    machine: Boltzmann, base: NDArray[np.float32], annealing: Annealing, seed: int
) -> Estimate:
    """Estimate log Z by annealed importance sampling, forward.

    Args:
        machine: The machine.
        base: Logits of the base rates of the visible units, (visible,).
        annealing: Number of steps and chains.
        seed: Seeds all draws.
    """
    rates = tf.repeat(tf.sigmoid(base)[tf.newaxis], annealing.chains, axis=0)
    start = draw_bernoulli(rates, [seed, _START_STREAM])
    schedule = tf.constant(annealing.schedule())
    logs = _anneal(*_parts(machine), base, start, schedule, tf.constant([seed, 0]))
    found = log_mean_exp(logs.numpy())
    return Estimate(
        _base_log_partition(machine, base) + found.value, found.standard_error
    )


def reverse_log_partition(
    machine: Boltzmann,
    base: NDArray[np.float32],
    annealing: Annealing,
    draws: NDArray[Any],
    seed: int,
) -> Estimate:
    """Estimate log Z by annealed importance sampling, from the machine's own draws.

    Args:
        machine: The machine.
        base: Logits of the base rates of the visible units, (visible,).
        annealing: Number of steps; there is a chain for each draw.
        draws: Visible units drawn from the machine, zeros and ones (n, visible).
        seed: Seeds all other draws.
    """
    schedule = tf.constant(annealing.schedule()[::-1].copy())
    start = tf.constant(draws, tf.float32)
    logs = _anneal(*_parts(machine), base, start, schedule, tf.constant([seed, 0]))
    found = log_mean_exp(logs.numpy())
    return Estimate(
        _base_log_partition(machine, base) - found.value, found.standard_error
    )


def _parts(machine: Boltzmann) -> tuple[tf.Tensor, ...]:
    parts = (machine.weights, machine.visible_bias, machine.hidden_bias)
    return tuple(tf.convert_to_tensor(part, tf.float32) for part in parts)


def _base_log_partition(machine: Boltzmann, base: NDArray[np.float32]) -> float:
    """log Z at the inverse temperature 0: the hidden units are fair coins."""
    visible = np.logaddexp(0.0, np.asarray(base, np.float64)).sum()
    return float(visible + int(machine.hidden_bias.shape[0]) * math.log(2.0))


# Traced once for each pair of shapes; the machine is an input.
@tf.function(reduce_retracing=True)
def _anneal(
    weights: tf.Tensor,
    visible_bias: tf.Tensor,
    hidden_bias: tf.Tensor,
    base: tf.Tensor,
    visible: tf.Tensor,
    schedule: tf.Tensor,
    seed: Seed,
) -> tf.Tensor:
    """Walk along a schedule of inverse temperatures; return log weights (chains,)."""
    machine = Boltzmann(weights, visible_bias, hidden_bias)
    # In float64: ten thousand small differences are added.
    logs = tf.zeros([tf.shape(visible)[0]], tf.float64)
    for step in tf.range(tf.shape(schedule)[0] - 1):
        now, next_one = schedule[step], schedule[step + 1]
        logits = machine.hidden_logits(visible)
        linear = tf.linalg.matvec(visible, visible_bias - base)
        gains = tf.nn.softplus(next_one * logits) - tf.nn.softplus(now * logits)
        change = (next_one - now) * linear + tf.reduce_sum(gains, axis=1)
        logs += tf.cast(change, tf.float64)
        # One Gibbs step that leaves the next machine's distribution as it is.
        step_seed = tf.random.fold_in(seed, step)
        hidden = draw_bernoulli(tf.sigmoid(next_one * logits), step_seed)
        mixed = (1.0 - next_one) * base + next_one * machine.visible_logits(hidden)
        visible = draw_bernoulli(tf.sigmoid(mixed), tf.random.fold_in(step_seed, 1))
    return logs
