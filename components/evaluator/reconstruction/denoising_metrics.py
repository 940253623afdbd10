# SPDX-License-Identifier: Apache-2.0
"""Metrics of denoised images: PSNR after each noise, beside classical filters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.contracts.image_options import Noise
from components.contracts.signatures import DENOISE_PIXELS, PIXELS
from components.evaluator.reconstruction.references import (
    ReferenceSets,
    psnr,
    squared_error,
)
from components.serving.saved_model import SavedModel


@dataclass(frozen=True)
class Denoising:
    """Denoised images with their metrics."""

    denoised: dict[Noise, NDArray[np.float32]]
    """Noise -> denoised images: float32 (n, height, width, channels) from 0 to 1."""

    values: dict[str, float]
    """Metric -> value."""


def measure_denoising(model: SavedModel, reference: ReferenceSets) -> Denoising:
    """Denoise images of each noise, also of one that the model was not trained with.

    Args:
        model: It must have the signature `denoise_pixels`.
        reference: Clean, noisy and filtered images.
    """
    denoised = {
        noise: model.predict_batches(DENOISE_PIXELS, PIXELS, pixels=noisy)
        for noise, noisy in reference.noisy.items()
    }
    values: dict[str, float] = {}
    for noise, images in denoised.items():
        values |= _measure(noise, images, reference)
    return Denoising(denoised, values)


def _measure(
    noise: Noise, denoised: NDArray[np.float32], reference: ReferenceSets
) -> dict[str, float]:
    error = squared_error(denoised, reference.pixels)
    by_class = reference.errors_by_class(denoised)
    filters = {
        name: psnr(squared_error(images, reference.pixels))
        for name, images in reference.filtered[noise].items()
    }
    noisy_error = squared_error(reference.noisy[noise], reference.pixels)
    return {
        f"test_psnr_{noise}_db": psnr(error),
        f"test_mse_{noise}": error,
        **{f"test_psnr_{noise}_db_{name}": psnr(e) for name, e in by_class.items()},
        f"test_gain_{noise}_db": psnr(error) - max(filters.values()),
        f"baseline_noisy_{noise}_db": psnr(noisy_error),
        f"baseline_mean_image_{noise}_db": psnr(reference.mean_image_error),
        **{f"baseline_{name}_{noise}_db": value for name, value in filters.items()},
    }
