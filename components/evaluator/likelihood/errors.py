# SPDX-License-Identifier: Apache-2.0
"""Squared error of a variational autoencoder of grey pixels, beside PCA's.

Nats are of a density whose scale the recipe chooses; the squared error has none, and
is comparable with that of any code of as many numbers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from components.evaluator.images import to_pixels
from components.evaluator.likelihood.latent_space import decode
from components.evaluator.likelihood.measure import Likelihood
from components.serving.saved_model import SavedModel


def measure_errors(
    model: SavedModel, likelihood: Likelihood, pca: PCA
) -> dict[str, float]:
    """Measure the error of images decoded from the posterior means.

    Args:
        model: It must have the signature `decode`.
        likelihood: Pixels and posterior of the images.
        pca: Principal components of training images, as many as latent units.

    Returns:
        Metric -> value.
    """
    clean = likelihood.pixels.reshape(len(likelihood.pixels), -1)
    decoded = to_pixels(decode(model, likelihood.posterior.mean))
    projected = pca.inverse_transform(pca.transform(clean)).clip(0.0, 1.0)
    error, of_pca, of_mean = (
        float(np.square(given - clean).mean(dtype=np.float64))
        for given in (decoded.reshape(clean.shape), projected, _mean_image(pca))
    )
    return {
        "test_mse": error,
        "baseline_pca_latent_size_mse": of_pca,
        "baseline_mean_image_mse": of_mean,
        "test_mse_over_pca": error / of_pca,
    }


def _mean_image(pca: PCA) -> NDArray[Any]:
    mean: NDArray[Any] = pca.mean_
    return mean
