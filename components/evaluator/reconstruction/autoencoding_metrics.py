# SPDX-License-Identifier: Apache-2.0
"""Images through a code and back: the error, what carries it, and how quiet it is.

What is judged is decode(encode(image)). To a decoder that gets the image past the code,
or has learnt the mean by heart, codes dealt out to other images are as good as any; to
an honest one they are not.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import CODE, DECODE, ENCODE, IMAGES
from components.evaluator.images import to_pixels
from components.evaluator.reconstruction.references import (
    ERROR_UNIT,
    PSNR_UNIT,
    Surroundings,
    psnr,
    squared_error,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.serving.saved_model import ServedModel

# Where the mean activation of a quiet unit lies.
BAND: Final = (0.03, 0.07)
# Variance over images above which a unit says something about them.
ACTIVE_VARIANCE: Final = 0.01
# Activation above which a unit counts as switched on by an image.
_ON: Final = 0.1
_SHUFFLE_SEED: Final = 0
_LEAST_ERROR: Final = 1e-12

# Metric -> unit; `<class>` stands for any class.
UNITS: Final = {
    "test_mse": ERROR_UNIT,
    "test_psnr_db": PSNR_UNIT,
    "test_mse_<class>": ERROR_UNIT,
    "test_shuffled_code_mse_ratio": "error from codes of other images over test_mse",
    "test_code_size": "numbers per image",
    "test_active_units": f"units whose variance over images is above {ACTIVE_VARIANCE}",
    "test_mean_activation": "mean over units and images",
    "test_units_in_band_share": "share of units with a mean activation of "
    f"{BAND[0]} to {BAND[1]}",
    "test_units_on_per_image": f"units above {_ON}, mean over images",
    "baseline_mean_image_mse": f"{ERROR_UNIT}, of the mean training image",
    "baseline_pca_code_size_mse": f"{ERROR_UNIT}, as many components as code numbers",
    "baseline_pca_units_on_mse": f"{ERROR_UNIT}, as many components as units on",
}


@dataclass(frozen=True)
class Coding:
    """What became of the images on their way through a code.

    Attributes:
        codes: float (n, units).
        restored: float images from 0 to 1.
        shuffled: The same from the codes of other images.
        values: Metric -> figure.
    """

    codes: "NDArray[Any]"
    restored: "NDArray[Any]"
    shuffled: "NDArray[Any]"
    values: dict[str, float]


def measure_coding(model: "ServedModel", around: Surroundings) -> Coding:
    """Send the images through the code of a model.

    Args:
        model: It must have the signatures `encode` and `decode`.
        around: The images, and what simpler means make of them.
    """
    import numpy as np

    codes = model.answers(ENCODE, CODE, images=around.images)
    order = np.random.default_rng(_SHUFFLE_SEED).permutation(len(codes))
    restored, shuffled = (
        to_pixels(model.answers(DECODE, IMAGES, code=rows))
        for rows in (codes, codes[order])
    )
    error = squared_error(restored, around.pixels)
    spoilt = squared_error(shuffled, around.pixels)
    values = {
        "test_mse": error,
        "test_psnr_db": psnr(error),
        "test_shuffled_code_mse_ratio": spoilt / max(error, _LEAST_ERROR),
        "test_code_size": codes.shape[1],
        "test_active_units": int((codes.var(axis=0) > ACTIVE_VARIANCE).sum()),
        "baseline_mean_image_mse": around.mean_error,
        "baseline_pca_code_size_mse": _pca_error(around, codes.shape[1]),
        **_by_class(restored, around),
        **_activity(codes, around),
    }
    return Coding(codes, restored, shuffled, values)


def _by_class(restored: "NDArray[Any]", around: Surroundings) -> dict[str, float]:
    errors = around.errors_by_class(restored)
    return {f"test_mse_{name}": error for name, error in errors.items()}


def _activity(codes: "NDArray[Any]", around: Surroundings) -> dict[str, float]:
    # The shares of a sigmoid; other codes have no such scale.
    if codes.min() < 0 or codes.max() > 1:
        return {}
    means = codes.mean(axis=0)
    in_band = (means >= BAND[0]) & (means <= BAND[1])
    on = float((codes > _ON).sum(axis=1).mean())
    return {
        "test_mean_activation": float(means.mean()),
        "test_units_in_band_share": float(in_band.mean()),
        "test_units_on_per_image": on,
        "baseline_pca_units_on_mse": _pca_error(around, round(on)),
    }


def _pca_error(around: Surroundings, size: int) -> float:
    restored = around.components.reconstruct(around.pixels, size)
    return squared_error(restored, around.pixels)
