# SPDX-License-Identifier: Apache-2.0
"""Metrics of restricted Boltzmann machines: names and units; imports no TensorFlow.

The binarisation of the pixels is part of the name of each likelihood.
"""

from typing import Final

from components.evaluator.generation import metric_names as generation

# Rules under which pixels are black or white, so that a likelihood exists.
RULES: Final = ("stochastic", "threshold")
# Parts of the mixtures of Bernoulli distributions that a model is compared with.
MIXTURE_PARTS: Final = (10, 100)
# Mean activations between which a hidden unit counts as active.
ACTIVE: Final = (0.01, 0.99)

_AIS: Final = "annealed importance sampling"
# Metric with a place for the binarisation -> unit.
NATS_UNITS: Final = {
    "test_negative_log_likelihood_ais_{}_nats": f"nats per image, {_AIS} forward",
    "test_negative_log_likelihood_ais_reverse_{}_nats": f"nats per image, {_AIS} in "
    "reverse, from the model's own draws",
    "test_pseudo_log_likelihood_{}_nats": "nats per image, each pixel given all others",
    "baseline_independent_pixels_{}_nats": "nats per image, pixels by their base rate",
    **{
        f"baseline_mixture_{parts}_{{}}_nats": "nats per image, a mixture of "
        f"{parts} products of Bernoulli distributions, by EM"
        for parts in MIXTURE_PARTS
    },
}
# What only these models have.
ENERGY_UNITS: Final = {
    **{
        name.format(rule): f"{unit}; pixels: {rule}"
        for rule in RULES
        for name, unit in NATS_UNITS.items()
    },
    "test_nats_below_mixture": "nats per image, by which the model is better than the "
    "largest mixture",
    "test_nats_below_mixture_low": "nats per image, lower end of the 95 % interval",
    "test_nats_below_mixture_high": "nats per image, upper end of the 95 % interval",
    "test_log_partition_nats": "nats, log Z",
    "test_ais_standard_error_nats": "nats, of log Z by the forward estimate",
    "test_ais_gap_nats": "nats, between both estimates of log Z",
    "test_free_energy_gap": "nats, test images above training images: overfitting",
    "test_noise_margin_nats": "nats of free energy, independent pixels above images",
    "test_reconstruction_mse": "squared error per pixel, from 0 to 1",
    "test_active_hidden_share": "share of hidden units whose mean activation lies "
    f"between {ACTIVE[0]} and {ACTIVE[1]}",
    "test_chain_autocorrelation_steps": "Gibbs steps worth one independent draw, by "
    "the free energy; at most the recorded steps",
    "test_copied_share": "share of samples nearer to a test image than 99 % of the "
    "training images are",
    "test_hidden_units": "hidden units",
}
# Names that a gate may use.
METRIC_NAMES: Final = (*ENERGY_UNITS, *generation.METRIC_NAMES)
# The figures that readers know such a model by, whatever its gate asks for.
MAIN_METRICS: Final = ("test_negative_log_likelihood_ais_stochastic_nats",)
