# SPDX-License-Identifier: Apache-2.0
"""Measurement of a machine: likelihood by both ends, free energies, hidden units."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.evaluator.energy.chains import Chains, run_chains
from components.evaluator.energy.machine import ExportedMachine, blocks
from components.evaluator.energy.metric_names import ACTIVE
from components.evaluator.energy.pseudo_likelihood import pseudo_log_likelihood
from components.evaluator.energy.rivals import Rivals
from components.sampling.boltzmann import draw_bernoulli
from components.sampling.monte_carlo import Estimate, estimate_mean
from components.sampling.partition import (
    MOST_EXACT,
    Annealing,
    annealed_log_partition,
    exact_log_partition,
    reverse_log_partition,
)

# Seeds of binarisation and chains: far from those that a person tries.
SEED: Final = 1_000_000
SUBSET_SEED: Final = 0
NOISE_IMAGES: Final = 2000
_TEMPERATURES_IF_EXACT: Final = 1000


@dataclass(frozen=True)
class Settings:
    """How much is spent on the estimates."""

    annealing: Annealing = field(default_factory=Annealing)
    """Ways from the base rates to the machine, and back."""

    burn_in: int = 3000
    """Gibbs steps of the chains before their energies are recorded."""

    steps: int = 1000
    """Gibbs steps after those; the chains' ends start the ways back."""

    samples: int = 2000
    """Samples whose quality is measured, at most as many as test images."""

    def annealing_for(self, exported: ExportedMachine) -> Annealing:
        """Return the ways for a machine: shorter ones where log Z is exact anyway."""
        if exported.num_hidden > MOST_EXACT:
            return self.annealing
        shorter = min(self.annealing.temperatures, _TEMPERATURES_IF_EXACT)
        return replace(self.annealing, temperatures=shorter)


@dataclass(frozen=True)
class Measured:
    """What was measured of a machine, without rivals and samples."""

    nats: NDArray[np.float64]
    """Negative log-likelihood of each image by the forward estimate, (n,)."""

    log_partition: Estimate
    """log Z, forward; exact for few hidden units."""

    energies: dict[str, NDArray[np.float64]]
    """Free energies of test and training images, and of noise, in nats."""

    values: dict[str, float]
    """Metric -> value."""

    is_exact: bool
    """Whether log Z is a sum over all states."""


def measure_machine(
    exported: ExportedMachine,
    images: NDArray[np.uint8],
    train: NDArray[np.uint8],
    settings: Settings,
) -> Measured:
    """Measure a machine on images.

    Args:
        exported: The machine, with its rule of binarisation.
        images: uint8 images of the split.
        train: uint8 training images, of which as many are measured.
        settings: How much is spent on it.
    """
    order = np.random.default_rng(SUBSET_SEED).permutation(len(train))
    known = exported.visible(train[order[: len(images)]], SEED + 1)
    visible = exported.visible(images, SEED)
    energies = {
        "test images": exported.free_energy(visible),
        "training images": exported.free_energy(known),
        "noise": exported.free_energy(_noise(exported)),
    }
    annealing = settings.annealing_for(exported)
    chains = run_chains(
        exported, annealing.chains, settings.burn_in, settings.steps, SEED
    )
    forward, reverse, is_exact = _log_partitions(exported, annealing, chains)
    mean = {name: float(values.mean()) for name, values in energies.items()}
    rule, energy = exported.rule, mean["test images"]
    pseudo = pseudo_log_likelihood(exported.machine, visible, SEED)
    nll = "test_negative_log_likelihood_ais"
    values = {
        f"{nll}_{rule}_nats": energy + forward.value,
        f"{nll}_reverse_{rule}_nats": energy + reverse.value,
        f"test_pseudo_log_likelihood_{rule}_nats": float(pseudo.mean()),
        "test_log_partition_nats": forward.value,
        "test_ais_standard_error_nats": forward.standard_error,
        "test_ais_gap_nats": abs(reverse.value - forward.value),
        "test_free_energy_gap": energy - mean["training images"],
        "test_noise_margin_nats": mean["noise"] - energy,
        "test_reconstruction_mse": _reconstruction_mse(exported, visible),
        "test_active_hidden_share": _active_share(exported, visible),
        "test_chain_autocorrelation_steps": chains.autocorrelation_time,
        "test_hidden_units": exported.num_hidden,
    }
    nats = energies["test images"] + forward.value
    return Measured(nats, forward, energies, values, is_exact)


def compare_with_rivals(
    measured: Measured, rivals: Rivals, rule: str
) -> dict[str, float]:
    """Compute the figures of the rivals, and the gain over the largest mixture.

    Args:
        measured: What was measured of the machine.
        rivals: Rivals on the same images under the same rule.
        rule: The rule, for the names.
    """
    gain = estimate_mean(rivals.largest - measured.nats)
    # The images are drawn, and so is log Z: both leave an error.
    error = np.hypot(gain.standard_error, measured.log_partition.standard_error)
    low, high = Estimate(gain.value, float(error)).interval
    return {
        "test_nats_below_mixture": gain.value,
        "test_nats_below_mixture_low": low,
        "test_nats_below_mixture_high": high,
        f"baseline_independent_pixels_{rule}_nats": float(rivals.independent.mean()),
        **{
            f"baseline_mixture_{parts}_{rule}_nats": float(nats.mean())
            for parts, nats in rivals.mixtures.items()
        },
    }


def _log_partitions(
    exported: ExportedMachine, annealing: Annealing, chains: Chains
) -> tuple[Estimate, Estimate, bool]:
    machine, base = exported.machine, exported.base
    reverse = reverse_log_partition(machine, base, annealing, chains.draws, SEED)
    if exported.num_hidden <= MOST_EXACT:
        return Estimate(exact_log_partition(machine), 0.0), reverse, True
    forward = annealed_log_partition(machine, base, annealing, SEED)
    return forward, reverse, False


def _noise(exported: ExportedMachine) -> NDArray[np.float32]:
    """Images whose pixels are as often white as in the data, and independent."""
    rates = tf.repeat(tf.sigmoid(exported.base)[tf.newaxis], NOISE_IMAGES, axis=0)
    drawn: NDArray[Any] = draw_bernoulli(rates, [SEED, 3]).numpy()
    return drawn


def _reconstruction_mse(
    exported: ExportedMachine, visible: NDArray[np.float32]
) -> float:
    errors = [
        float(tf.reduce_sum(tf.square(exported.machine.reconstruct(rows) - rows)))
        for rows in blocks(visible)
    ]
    return sum(errors) / visible.size


def _active_share(exported: ExportedMachine, visible: NDArray[np.float32]) -> float:
    totals = sum(
        tf.reduce_sum(tf.sigmoid(exported.machine.hidden_logits(rows)), axis=0).numpy()
        for rows in blocks(visible)
    )
    means = np.asarray(totals) / len(visible)
    return float(((means >= ACTIVE[0]) & (means <= ACTIVE[1])).mean())
