# SPDX-License-Identifier: Apache-2.0
"""Figures of a model that darkens every picture by a known amount."""

import math
from typing import Any

import numpy as np
import pytest

from components.contracts.signatures import DECODE, ENCODE
from components.evaluator.reconstruction.autoencoding_metrics import (
    measure_autoencoding,
)
from components.evaluator.reconstruction.denoising_metrics import measure_denoising
from components.evaluator.reconstruction.references import ReferenceSets
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits

LABELS = np.arange(40) % 10
IMAGES = draw_digits(LABELS, seed=3)[..., np.newaxis] // 2 + 20


class _Darkener(SavedModel):
    """Codes are the pixels; pictures come back a little darker, noisy ones as is."""

    def __init__(self) -> None:
        """Load nothing."""

    def predict_batches(self, name: str, output: str, **inputs: Any) -> Any:
        (given,) = inputs.values()
        if name == ENCODE:
            return given.reshape(len(given), -1).astype(np.float32)
        if name == DECODE:
            return (given - 10).astype(np.uint8).reshape(-1, 28, 28, 1)
        return given


@pytest.fixture(scope="module")
def reference() -> ReferenceSets:
    return ReferenceSets(IMAGES, LABELS, IMAGES)


def test_error_is_that_of_the_own_codes(reference: ReferenceSets) -> None:
    values = measure_autoencoding(_Darkener(), reference).values
    error = (10 / 255) ** 2
    assert values["test_mse"] == pytest.approx(error, rel=1e-4)
    assert values["test_psnr_db"] == pytest.approx(-10 * math.log10(error), rel=1e-4)
    assert values["test_mse_7"] == pytest.approx(error, rel=1e-4)
    assert values["test_shuffled_code_mse_ratio"] > 2
    assert values["test_code_size"] == 784


def test_gain_is_over_the_best_classical_filter(reference: ReferenceSets) -> None:
    values = measure_denoising(_Darkener(), reference).values
    for noise in reference.noisy:
        filters = [
            value
            for name, value in values.items()
            if name.startswith("baseline_") and name.endswith(f"_{noise}_db")
            if "noisy" not in name and "mean_image" not in name
        ]
        assert len(filters) > 1
        noisy = values[f"baseline_noisy_{noise}_db"]
        assert values[f"test_psnr_{noise}_db"] == pytest.approx(noisy)
        gain = values[f"test_gain_{noise}_db"]
        assert gain == pytest.approx(noisy - max(filters))
