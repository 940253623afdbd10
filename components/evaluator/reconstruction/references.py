# SPDX-License-Identifier: Apache-2.0
"""References of an autoencoder: clean and noisy images, PCA and classical filters.

They are the same for candidate and baseline, and are computed once for both.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from components.contracts.image_options import NOISES, Noise
from components.evaluator.examples import ExampleSplit
from components.evaluator.images import read_split, to_pixels
from components.evaluator.reconstruction.classical_filters import (
    apply_filters,
    batches,
    fit_linear_filter,
)
from components.images.noise import GAUSSIAN_VARIANCE, corrupt

NOISE_SEED: Final = 1_000_000
_FIT_SEED: Final = 2_000_000
_FIT_AT_ONCE: Final = 5000
_LEAST_ERROR: Final = 1e-10  # 100 dB, for a perfect copy


@dataclass(frozen=True)
class ReferenceSets:
    """Images of the split under test and of the training split."""

    images: NDArray[np.uint8]
    """The split under test: uint8 (n, height, width, channels)."""

    labels: NDArray[np.str_]
    """Class name of each image: (n,)."""

    train: NDArray[np.uint8]
    """The training split: uint8 (n, height, width, channels)."""

    @cached_property
    def pixels(self) -> NDArray[np.float32]:
        """The images as float32 from 0 to 1."""
        return to_pixels(self.images)

    @cached_property
    def pca(self) -> PCA:
        """Principal components of the training split, all of them."""
        flat = to_pixels(self.train).reshape(len(self.train), -1)
        return PCA(svd_solver="covariance_eigh").fit(flat)

    def reconstruct_by_pca(self, num_components: int) -> NDArray[np.float32]:
        """Project the images onto the first principal components, and back.

        Args:
            num_components: Components that are kept.

        Returns:
            float32 (n, height, width, channels), clipped to 0 to 1.
        """
        components, mean = self.pca.components_[:num_components], self.pca.mean_
        flat = self.pixels.reshape(len(self.pixels), -1) - mean
        projected: NDArray[Any] = (flat @ components.T) @ components + mean
        return projected.reshape(self.pixels.shape).clip(0.0, 1.0)

    def errors_by_class(self, images: NDArray[np.float32]) -> dict[str, float]:
        """Mean squared error of reconstructed or denoised images, by class name.

        Args:
            images: float32 (n, height, width, channels) from 0 to 1.
        """
        errors = {}
        for name in np.unique(self.labels):
            chosen = self.labels == name
            errors[str(name)] = squared_error(images[chosen], self.pixels[chosen])
        return errors

    @cached_property
    def mean_image_error(self) -> float:
        """Mean squared error of the mean training image in place of each image."""
        mean = self.pca.mean_.reshape(self.images.shape[1:])
        return squared_error(mean, self.pixels)

    @cached_property
    def noisy(self) -> dict[Noise, NDArray[np.float32]]:
        """Noise -> noisy images: float32, not clipped to 0 to 1."""
        return {noise: _corrupt(self.pixels, noise, NOISE_SEED) for noise in NOISES}

    @cached_property
    def filtered(self) -> dict[Noise, dict[str, NDArray[np.float32]]]:
        """Noise -> classical filter -> the noisy images after that filter."""
        return {noise: self._filtered(noise) for noise in NOISES}

    def _filtered(self, noise: Noise) -> dict[str, NDArray[np.float32]]:
        clean = [to_pixels(batch) for batch in batches(self.train, _FIT_AT_ONCE)]
        seeds = range(_FIT_SEED, _FIT_SEED + len(clean))
        noisy = (_corrupt(b, noise, s) for b, s in zip(clean, seeds, strict=True))
        linear = fit_linear_filter(zip(noisy, clean, strict=True))
        power = GAUSSIAN_VARIANCE if noise == "gaussian" else None
        return apply_filters(self.noisy[noise], linear, power)


# One split at a time: its images would stay in memory.
@lru_cache(maxsize=1)
def load_references(examples: ExampleSplit) -> ReferenceSets:
    """Read a split and the training split beside it."""
    parts = list(examples.batches())
    return ReferenceSets(
        images=np.concatenate([examples.pixels(part.serialized) for part in parts]),
        labels=np.concatenate([np.array(part.labels) for part in parts]),
        train=read_split(examples.sibling("train")),
    )


def squared_error(images: NDArray[np.float32], clean: NDArray[np.float32]) -> float:
    """Mean squared error over all pixels of all images, black to white being 1.

    Args:
        images: float32 (n, height, width, channels), or one image for all of them.
        clean: float32 (n, height, width, channels).
    """
    return float(np.square(images - clean).mean(dtype=np.float64))


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio of a mean squared error, in dB; the peak is 1."""
    return -10.0 * math.log10(max(error, _LEAST_ERROR))


def _corrupt(
    pixels: NDArray[np.float32], noise: Noise, seed: int
) -> NDArray[np.float32]:
    noisy: NDArray[Any] = corrupt(pixels, [noise], [seed, NOISES.index(noise)]).numpy()
    return noisy
