# SPDX-License-Identifier: Apache-2.0
"""Measurement of a variational autoencoder's likelihood bounds and latent units."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.image_options import BINARISATIONS, Binarisation
from components.core.errors import ProdlError
from components.evaluator.likelihood.elbo import (
    PixelDensity,
    Posterior,
    encode,
    importance_weighted_nats,
    reconstruction_nats,
)
from components.evaluator.likelihood.metric_names import (
    ACTIVE_VARIANCE,
    IMPORTANCE_SAMPLES,
    NATS_UNITS,
)
from components.images.binarisation import binarise
from components.model_store.published import PROVENANCE_FILE
from components.serving.saved_model import SavedModel

# Codes per image for the evidence lower bound.
ELBO_SAMPLES: Final = 10
# Images of the importance-weighted bound.
MOST_WEIGHTED: Final = 500
# Separate seeds: of the binarisation and the ELBO, of the importance-weighted bound,
# and of the choice of its images; samples have yet other ones.
SEED: Final = 1_000_000
WEIGHTED_SEED: Final = SEED + 1
SUBSET_SEED: Final = 0
_PIXELS_STREAM: Final = 1
_TRAINING_STREAM: Final = 2


@dataclass(frozen=True)
class Likelihood:
    """Likelihood bounds of a model, with the values that they were computed from."""

    rule: Binarisation
    """Binarisation of the images."""

    density: PixelDensity
    """Distribution of a pixel."""

    pixels: NDArray[np.float32]
    """Binarised images from 0 to 1: float32 (n, height, width, channels)."""

    posterior: Posterior
    """Of the codes of the images."""

    values: dict[str, float]
    """Metric -> value; names begin with `test_`."""


def measure_likelihood(model: SavedModel, images: NDArray[np.uint8]) -> Likelihood:
    """Measure both bounds, and count the active latent units.

    Args:
        model: A model with the signatures `encode` and `decode`.
        images: uint8 (n, height, width, channels).

    Raises:
        ProdlError: If the model's provenance names no binarisation.
    """
    rule, density = binarisation_of(model), density_of(model)
    pixels = binarise(images, rule, [SEED, _PIXELS_STREAM]).numpy()
    posterior = encode(model, pixels)
    is_active = posterior.mean.var(axis=0) > ACTIVE_VARIANCE
    values = {
        **_bounds(model, rule, density, pixels, posterior),
        "test_active_units": int(is_active.sum()),
        "test_latent_size": posterior.mean.shape[1],
    }
    return Likelihood(rule, density, pixels, posterior, values)


def _bounds(
    model: SavedModel,
    rule: Binarisation,
    density: PixelDensity,
    pixels: NDArray[np.float32],
    posterior: Posterior,
) -> dict[str, float]:
    divergence = posterior.kl_divergence.sum(axis=1)
    reconstruction = reconstruction_nats(
        model, pixels, posterior, ELBO_SAMPLES, SEED, density
    )
    chosen = np.random.default_rng(SUBSET_SEED).permutation(len(pixels))
    chosen = chosen[:MOST_WEIGHTED]
    part = Posterior(posterior.mean[chosen], posterior.log_variance[chosen])
    weighted = importance_weighted_nats(
        model, pixels[chosen], part, IMPORTANCE_SAMPLES, WEIGHTED_SEED, density
    )
    negative_elbo = reconstruction + divergence
    measured = (
        negative_elbo,
        reconstruction,
        divergence,
        negative_elbo[chosen],
        weighted,
    )
    stands_for = rule if density.likelihood == "bernoulli" else density.likelihood
    names = (name.format(stands_for) for name in NATS_UNITS)
    pairs = zip(names, measured, strict=True)
    return {name: float(nats.mean()) for name, nats in pairs}


def training_pixels(
    images: NDArray[np.uint8], rule: Binarisation
) -> NDArray[np.float32]:
    """Binarise training images, which baselines are fitted to.

    Args:
        images: uint8 (n, height, width, channels).
        rule: The rule of the images under test.

    Returns:
        float32 (n, height, width, channels) from 0 to 1.
    """
    pixels: NDArray[Any] = binarise(images, rule, [SEED, _TRAINING_STREAM]).numpy()
    return pixels


def binarisation_of(model: SavedModel) -> Binarisation:
    """Return the binarisation that a model was trained with, from its provenance.

    Raises:
        ProdlError: If the provenance names none; under a guessed one the figures would
            be those of other images.
    """
    named: Binarisation | None = model.provenance.get("params", {}).get("binarisation")
    if named not in BINARISATIONS:
        raise ProdlError(
            f"{model.path}: expected the rule by which pixels become black or white in "
            f"{PROVENANCE_FILE}, as params.binarisation: {', '.join(BINARISATIONS)}.\n"
            f"Received {named!r}. Record the one that the model was trained with."
        )
    return named


def density_of(model: SavedModel) -> PixelDensity:
    """Return the distribution of a pixel that a model was trained with.

    Models of former versions, whose provenance names none, have Bernoulli's.
    """
    params = model.provenance.get("params", {})
    likelihood = params.get("likelihood", "bernoulli")
    return PixelDensity(likelihood, params.get("reconstruction_weight", 1.0))
