# SPDX-License-Identifier: Apache-2.0
"""Linear probe of the posterior means of a variational autoencoder."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from components.contracts.signatures import ENCODE, MEAN
from components.evaluator.examples import ExampleSplit
from components.evaluator.images import to_images
from components.evaluator.likelihood.measure import Likelihood, training_pixels
from components.evaluator.linear_probe import (
    Features,
    Probe,
    measure_probes,
    no_probe,
    read_training_images,
)
from components.serving.saved_model import SavedModel


def measure_posterior_probe(
    model: SavedModel,
    examples: ExampleSplit,
    likelihood: Likelihood,
    pca: PCA,
) -> Probe:
    """Probe the posterior means, and the pixels as the encoder gets them.

    Args:
        model: It must have the signature `encode`.
        examples: The split under test.
        likelihood: Pixels and posterior of its images.
        pca: Principal components of training images, as many as latent units.
    """
    train = read_training_images(examples)
    if train is None:
        return no_probe(examples.split)
    pixels = training_pixels(train.images, likelihood.rule)
    codes = model.predict_batches(ENCODE, MEAN, images=to_images(pixels))
    labels = [label for batch in examples.batches() for label in batch.labels]
    return measure_probes(
        labels=Features(train.labels, np.array(labels)),
        codes=Features(codes, likelihood.posterior.mean),
        pixels=Features(pixels, likelihood.pixels),
        pca=pca,
    )


def fit_components(likelihood: Likelihood, train: NDArray[np.uint8]) -> PCA:
    """Fit principal components to training images, as many as latent units.

    Args:
        likelihood: Of the model whose encoder gets such pixels.
        train: Training images: uint8 (n, height, width, channels).
    """
    size = likelihood.posterior.mean.shape[1]
    flat = training_pixels(train, likelihood.rule).reshape(len(train), -1)
    return PCA(min(size, *flat.shape), svd_solver="covariance_eigh").fit(flat)
