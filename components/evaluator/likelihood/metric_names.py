# SPDX-License-Identifier: Apache-2.0
"""Metrics of variational autoencoders: names and units; imports no TensorFlow.

The binarisation of the pixels is part of the name of each likelihood.
"""

from typing import Final

from components.evaluator.generation import metric_names as generation
from components.images.binarisation import BINARISATIONS

# Variance of a latent unit's mean over images above which the unit counts as active.
ACTIVE_VARIANCE: Final = 0.01
# Latent codes per image for the importance-weighted bound.
IMPORTANCE_SAMPLES: Final = 1000

# Metric with a place for the binarisation -> unit.
NATS_UNITS: Final = {
    "test_negative_elbo_{}_nats": "nats per image, negative evidence lower bound",
    "test_reconstruction_{}_nats": "nats per image, the bound's first part",
    "test_divergence_{}_nats": "nats per image, the bound's second part",
    "test_negative_elbo_of_subset_{}_nats": "nats per image, the same of the images "
    "that the next figure is of",
    "test_importance_weighted_{}_nats": "nats per image, negative bound of "
    f"{IMPORTANCE_SAMPLES} codes",
}
# What only these models have.
LIKELIHOOD_UNITS: Final = {
    **{
        name.format(rule): f"{unit}; pixels: {rule}"
        for rule in BINARISATIONS
        for name, unit in NATS_UNITS.items()
    },
    "test_active_units": "code numbers whose mean varies over images by a variance "
    f"above {ACTIVE_VARIANCE}",
    "test_latent_size": "numbers of a code",
}
# Names that a gate may use.
METRIC_NAMES: Final = (*LIKELIHOOD_UNITS, *generation.METRIC_NAMES)
# Former name -> name.
RENAMED: Final = generation.RENAMED | {
    name.replace("negative_elbo", "negative_bound").format(rule): name.format(rule)
    for rule in BINARISATIONS
    for name in NATS_UNITS
    if "negative_elbo" in name
}
