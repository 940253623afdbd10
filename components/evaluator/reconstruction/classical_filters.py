# SPDX-License-Identifier: Apache-2.0
"""Classical denoising filters: baselines that a denoising network must beat.

mean filter      mean of a window of 3 x 3 pixels
gaussian filter  normalised Gaussian of 5 x 5 pixels, deviation 1.1
median           median of a window of 3 x 3 pixels
local wiener     adaptive Wiener filter of a window of 5 x 5 pixels: the local mean, the
                 more the smaller the local variance
linear wiener    the linear map from noisy to clean images with the least squared error,
                 fitted to the training split
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import wiener

from components.evaluator.reconstruction.metric_names import (
    GAUSSIAN,
    LINEAR_WIENER,
    LOCAL_WIENER,
    MEAN,
    MEDIAN,
)
from components.images import filters

_WORDS: Final = {MEAN: "mean 3", GAUSSIAN: "gaussian 5"}
_AT_ONCE: Final = 2000
_MEDIAN_SIZE: Final = 3
_WIENER_SIZE: Final = 5
# Pixels of the margin never vary, and would leave the covariance without an inverse.
_RIDGE: Final = 1e-3


@dataclass(frozen=True)
class LinearFilter:
    """A linear map between images around two means."""

    matrix: NDArray[np.float32]
    """float32 (pixels, pixels)."""

    input_mean: NDArray[np.float32]
    """Mean of the noisy images: float32 (pixels,)."""

    output_mean: NDArray[np.float32]
    """Mean of the clean images: float32 (pixels,)."""

    def __call__(self, images: NDArray[Any]) -> NDArray[Any]:
        """Filter float images (n, height, width, channels)."""
        flat = images.reshape(len(images), -1)
        mapped: NDArray[Any] = (flat - self.input_mean) @ self.matrix + self.output_mean
        return mapped.reshape(images.shape)


def fit_linear_filter(
    pairs: Iterable[tuple[NDArray[Any], NDArray[Any]]],
) -> LinearFilter:
    """Fit the linear map with the least squared error (ridge regression).

    Args:
        pairs: Batches of noisy and clean float images (n, height, width, channels) of
            the training split; one or more.
    """
    count, noisy_sum, clean_sum, within, across = 0, 0.0, 0.0, 0.0, 0.0
    for noisy, clean in pairs:
        left, right = (part.reshape(len(part), -1) for part in (noisy, clean))
        count += len(left)
        noisy_sum = noisy_sum + left.sum(axis=0)
        clean_sum = clean_sum + right.sum(axis=0)
        within, across = within + left.T @ left, across + left.T @ right
    input_mean, output_mean = noisy_sum / count, clean_sum / count
    covariance = within / count - np.outer(input_mean, input_mean)
    ridge = _RIDGE * np.eye(len(covariance))
    matrix = np.linalg.solve(
        covariance + ridge, across / count - np.outer(input_mean, output_mean)
    )
    parts = (np.asarray(p, np.float32) for p in (matrix, input_mean, output_mean))
    return LinearFilter(*parts)


def apply_filters(
    noisy: NDArray[np.float32], linear: LinearFilter, noise_power: float | None
) -> dict[str, NDArray[np.float32]]:
    """Apply each filter to noisy images, and clip the results to 0 to 1.

    Args:
        noisy: float32 (n, height, width, channels).
        linear: The fitted linear filter.
        noise_power: Variance of the noise, if it is the same everywhere; None lets the
            local Wiener filter estimate it.

    Returns:
        Filter -> float32 (n, height, width, channels).
    """
    filtered = {
        **{name: _convolved(noisy, words) for name, words in _WORDS.items()},
        MEDIAN: _median(noisy),
        LOCAL_WIENER: _local_wiener(noisy, noise_power),
        LINEAR_WIENER: linear(noisy),
    }
    return {name: images.clip(0.0, 1.0) for name, images in filtered.items()}


def batches(images: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    """Yield images a batch at a time."""
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _convolved(images: NDArray[np.float32], words: str) -> NDArray[np.float32]:
    parts = [filters.apply_filters(b, [words]) for b in batches(images, _AT_ONCE)]
    return np.concatenate(parts)


def _median(images: NDArray[np.float32]) -> NDArray[np.float32]:
    window = (1, _MEDIAN_SIZE, _MEDIAN_SIZE, 1)
    filtered: NDArray[Any] = median_filter(images, size=window)
    return filtered


def _local_wiener(
    images: NDArray[np.float32], power: float | None
) -> NDArray[np.float32]:
    window = (_WIENER_SIZE, _WIENER_SIZE, 1)
    # A window without any variance is divided by zero, and then not used.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([wiener(image, window, power) for image in images])
