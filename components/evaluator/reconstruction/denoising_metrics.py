# SPDX-License-Identifier: Apache-2.0
"""Images freed of noise: how near to the clean ones, beside classical filters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import DENOISE_PIXELS, PIXELS
from components.evaluator.reconstruction.classical_filters import FILTERS
from components.evaluator.reconstruction.references import (
    ERROR_UNIT,
    PSNR_UNIT,
    Surroundings,
    psnr,
    squared_error,
)
from components.images.noise import NOISES, Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.serving.saved_model import ServedModel


def _units(noise: Noise) -> dict[str, str]:
    return {
        f"test_psnr_{noise}_db": PSNR_UNIT,
        f"test_mse_{noise}": ERROR_UNIT,
        f"test_psnr_{noise}_db_<class>": PSNR_UNIT,
        f"test_gain_{noise}_db": "dB over the best classical filter",
        f"baseline_noisy_{noise}_db": f"{PSNR_UNIT}, of the noisy images",
        f"baseline_mean_image_{noise}_db": f"{PSNR_UNIT}, of the mean training image",
        **{f"baseline_{name}_{noise}_db": PSNR_UNIT for name in FILTERS},
    }


# Metric -> unit; `<class>` stands for any class.
UNITS: Final = {name: unit for noise in NOISES for name, unit in _units(noise).items()}


@dataclass(frozen=True)
class Restoration:
    """What a denoiser made of the noisy images.

    Attributes:
        restored: Noise -> float images from 0 to 1.
        values: Metric -> figure.
    """

    restored: "dict[Noise, NDArray[Any]]"
    values: dict[str, float]


def measure_restoration(model: "ServedModel", around: Surroundings) -> Restoration:
    """Let a model free the images of each noise, also of one it has not learnt.

    Args:
        model: It must have the signature `denoise_pixels`.
        around: The images, the noisy ones, and what filters make of them.
    """
    restored = {
        noise: model.answers(DENOISE_PIXELS, PIXELS, pixels=noisy)
        for noise, noisy in around.noisy.items()
    }
    values: dict[str, float] = {}
    for noise, images in restored.items():
        values |= _judge(noise, images, around)
    return Restoration(restored, values)


def _judge(
    noise: Noise, restored: "NDArray[Any]", around: Surroundings
) -> dict[str, float]:
    error = squared_error(restored, around.pixels)
    by_class = around.errors_by_class(restored)
    filters = {
        name: psnr(squared_error(images, around.pixels))
        for name, images in around.filtered[noise].items()
    }
    noisy = squared_error(around.noisy[noise], around.pixels)
    return {
        f"test_psnr_{noise}_db": psnr(error),
        f"test_mse_{noise}": error,
        **{f"test_psnr_{noise}_db_{name}": psnr(e) for name, e in by_class.items()},
        f"test_gain_{noise}_db": psnr(error) - max(filters.values()),
        f"baseline_noisy_{noise}_db": psnr(noisy),
        f"baseline_mean_image_{noise}_db": psnr(around.mean_error),
        **{f"baseline_{name}_{noise}_db": found for name, found in filters.items()},
    }
