# SPDX-License-Identifier: Apache-2.0
"""Metrics of variational autoencoders: names and units; imports no TensorFlow.

The binarisation of the pixels is part of the name of each likelihood; where pixels are
grey numbers, their distribution is.
"""

from typing import Final

from components.contracts.image_options import BINARISATIONS, GREY_LIKELIHOODS
from components.evaluator.generation import metric_names as generation
from components.evaluator.linear_probe_names import PROBE_UNITS

# Variance of a latent unit's mean over images above which the unit counts as active.
ACTIVE_VARIANCE: Final = 0.01
# Latent codes per image for the importance-weighted bound.
IMPORTANCE_SAMPLES: Final = 1000

# Metric with a place for the binarisation -> unit.
NATS_UNITS: Final = {
    "test_negative_elbo_{}_nats": "nats per image, negative evidence lower bound",
    "test_reconstruction_{}_nats": "nats per image, expected negative log-likelihood",
    "test_divergence_{}_nats": "nats per image, KL divergence from the prior",
    "test_negative_elbo_of_subset_{}_nats": "nats per image, negative ELBO of the "
    "images of the importance-weighted bound",
    "test_importance_weighted_{}_nats": "nats per image, negative importance-weighted "
    f"bound of {IMPORTANCE_SAMPLES} codes",
}
_MSE: Final = "squared difference per pixel, black to white being 1"
# What only these models have.
LIKELIHOOD_UNITS: Final = {
    **{
        name.format(rule): f"{unit}; pixels: {rule}"
        for rule in BINARISATIONS
        for name, unit in NATS_UNITS.items()
    },
    **{
        name.format(likelihood): f"{unit}; density of grey pixels: {likelihood}"
        for likelihood in GREY_LIKELIHOODS
        for name, unit in NATS_UNITS.items()
    },
    "test_mse": f"{_MSE}, decoded from the posterior means",
    "baseline_pca_latent_size_mse": f"{_MSE}, as many components as latent units",
    "baseline_mean_image_mse": f"{_MSE}, of the mean training image",
    "test_mse_over_pca": "ratio: below 1 it beats PCA with as many numbers per image",
    "test_active_units": "latent units whose mean has a variance over images "
    f"above {ACTIVE_VARIANCE}",
    "test_latent_size": "latent units",
    **PROBE_UNITS,
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
