# SPDX-License-Identifier: Apache-2.0
"""Decoded pictures of a latent space: traversals, and the plane of largest variance."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from components.contracts.signatures import DECODE, IMAGES
from components.evaluator.likelihood.elbo import Posterior
from components.serving.saved_model import SavedModel

# Values of a traversed unit, in standard deviations of the prior.
TRAVERSED_VALUES: Final = np.linspace(-3.0, 3.0, 11)
_MOST_TRAVERSED: Final = 10
_GRID_SIDE: Final = 15
# Share of the codes inside the decoded part of the plane, along each axis.
_GRID_QUANTILE: Final = 0.98
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class LatentPlane:
    """The plane of a latent space in which the posterior means vary most."""

    points: NDArray[np.float32]
    """Coordinates of each image's posterior mean: (n, 2)."""

    images: NDArray[np.uint8]
    """Images decoded on a square grid of the plane, row by row from the upper left."""


def order_by_divergence(posterior: Posterior) -> NDArray[np.int64]:
    """Order latent units by their mean KL divergence, the largest first: (latent,)."""
    nats = posterior.kl_divergence.mean(axis=0)
    return np.argsort(-nats, kind="stable")


def decode_traversals(model: SavedModel, posterior: Posterior) -> NDArray[np.uint8]:
    """Decode codes in which one unit varies and the others are 0.

    Args:
        model: It must have the signature `decode`.
        posterior: Decides which units are traversed: those of the largest divergence.

    Returns:
        A row of images per unit: uint8 (units * values, height, width, channels).
    """
    units = order_by_divergence(posterior)[:_MOST_TRAVERSED]
    size = posterior.mean.shape[1]
    codes = np.zeros((len(units), len(TRAVERSED_VALUES), size), np.float32)
    for row, unit in enumerate(units):
        codes[row, :, unit] = TRAVERSED_VALUES
    return decode(model, codes.reshape(-1, size))


def decode_plane(model: SavedModel, posterior: Posterior) -> LatentPlane | None:
    """Project the posterior means by PCA, and decode a grid of the plane.

    Args:
        model: It must have the signature `decode`.
        posterior: Of the codes of some images.

    Returns:
        None if there is one latent unit or one image only.
    """
    if min(posterior.mean.shape) < 2:
        return None
    pca = PCA(n_components=2, svd_solver="full")
    points = pca.fit_transform(posterior.mean)
    reach = np.maximum(np.quantile(np.abs(points), _GRID_QUANTILE, axis=0), _LEAST)
    steps = np.linspace(-1.0, 1.0, _GRID_SIDE)
    grid = np.stack(np.meshgrid(steps, -steps), axis=-1).reshape(-1, 2) * reach
    codes = pca.inverse_transform(grid).astype(np.float32)
    return LatentPlane(points, decode(model, codes))


def decode(model: SavedModel, codes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Decode codes (n, latent) to uint8 images (n, height, width, channels)."""
    return model.predict_batches(DECODE, IMAGES, code=codes)
