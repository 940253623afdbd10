# SPDX-License-Identifier: Apache-2.0
"""Metrics of images reconstructed from a code: error, use of the code, sparsity.

The reconstruction is decode(encode(image)). To check that the decoder uses the code,
codes are permuted between images, which must raise the error: it does not for a decoder
that learnt the mean image, or that receives the image by another way.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import CODE, DECODE, ENCODE, IMAGES
from components.evaluator.images import to_pixels
from components.evaluator.reconstruction.metric_names import (
    ACTIVE_VARIANCE,
    ON_ACTIVATION,
    SPARSE_BAND,
)
from components.evaluator.reconstruction.references import (
    ReferenceSets,
    psnr,
    squared_error,
)
from components.serving.saved_model import SavedModel

_SHUFFLE_SEED: Final = 0
_LEAST_ERROR: Final = 1e-12


@dataclass(frozen=True)
class Autoencoding:
    """Codes and reconstructions of the images, with their metrics."""

    codes: NDArray[np.float32]
    """float32 (n, units)."""

    reconstructed: NDArray[np.float32]
    """Images decoded from their codes: float32 (n, height, width, channels), 0 to 1."""

    shuffled: NDArray[np.float32]
    """Images decoded from codes of other images, likewise."""

    values: dict[str, float]
    """Metric -> value."""


def measure_autoencoding(model: SavedModel, reference: ReferenceSets) -> Autoencoding:
    """Encode and decode the images, and measure codes and reconstructions.

    Args:
        model: It must have the signatures `encode` and `decode`.
        reference: The images.
    """
    codes = model.predict_batches(ENCODE, CODE, images=reference.images)
    order = np.random.default_rng(_SHUFFLE_SEED).permutation(len(codes))
    reconstructed, shuffled = (
        to_pixels(model.predict_batches(DECODE, IMAGES, code=rows))
        for rows in (codes, codes[order])
    )
    error = squared_error(reconstructed, reference.pixels)
    shuffled_error = squared_error(shuffled, reference.pixels)
    by_class = reference.errors_by_class(reconstructed)
    values = {
        "test_mse": error,
        "test_psnr_db": psnr(error),
        "test_shuffled_code_mse_ratio": shuffled_error / max(error, _LEAST_ERROR),
        "test_code_size": codes.shape[1],
        "test_active_units": int((codes.var(axis=0) > ACTIVE_VARIANCE).sum()),
        "baseline_mean_image_mse": reference.mean_image_error,
        "baseline_pca_code_size_mse": _pca_error(reference, codes.shape[1]),
        **{f"test_mse_{name}": error for name, error in by_class.items()},
        **_sparsity(codes, reference),
    }
    return Autoencoding(codes, reconstructed, shuffled, values)


def _sparsity(codes: NDArray[np.float32], reference: ReferenceSets) -> dict[str, float]:
    # Thresholds are those of a sigmoid; other codes have no such scale.
    if codes.min() < 0 or codes.max() > 1:
        return {}
    means = codes.mean(axis=0)
    in_band = (means >= SPARSE_BAND[0]) & (means <= SPARSE_BAND[1])
    units_on = float((codes > ON_ACTIVATION).sum(axis=1).mean())
    return {
        "test_mean_activation": float(means.mean()),
        "test_units_in_band_share": float(in_band.mean()),
        "test_units_on_per_image": units_on,
        "baseline_pca_units_on_mse": _pca_error(reference, round(units_on)),
    }


def _pca_error(reference: ReferenceSets, num_components: int) -> float:
    projected = reference.reconstruct_by_pca(num_components)
    return squared_error(projected, reference.pixels)
