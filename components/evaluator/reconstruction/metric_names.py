# SPDX-License-Identifier: Apache-2.0
"""Metrics of autoencoders and denoisers: names and units; imports no TensorFlow.

`baseline_` metrics are of simpler methods on the same images: the mean training image,
principal component analysis, and classical filters.
"""

from typing import Final

from components.contracts.image_options import NOISES, Noise
from components.evaluator.linear_probe_names import PROBE_UNITS

CLASS_MARK: Final = "<class>"
# Mean activations of a unit of a sparse code.
SPARSE_BAND: Final = (0.03, 0.07)
# Variance over images above which a unit counts as active.
ACTIVE_VARIANCE: Final = 0.01
# Activation above which a unit counts as switched on by an image.
ON_ACTIVATION: Final = 0.1
# Classical filters.
MEAN: Final = "mean_filter"
GAUSSIAN: Final = "gaussian_filter"
MEDIAN: Final = "median"
LOCAL_WIENER: Final = "local_wiener"
LINEAR_WIENER: Final = "linear_wiener"
FILTERS: Final = (MEAN, GAUSSIAN, MEDIAN, LOCAL_WIENER, LINEAR_WIENER)

_MSE: Final = "squared difference per pixel, black to white being 1"
_PSNR: Final = "dB, of the squared error over all pixels of all images"
_AUTOENCODING_UNITS: Final = {
    "test_mse": _MSE,
    "test_psnr_db": _PSNR,
    f"test_mse_{CLASS_MARK}": _MSE,
    "test_shuffled_code_mse_ratio": "error from permuted codes over test_mse",
    "test_code_size": "numbers per image",
    "test_active_units": f"units whose variance over images is above {ACTIVE_VARIANCE}",
    "test_mean_activation": "mean over units and images",
    "test_units_in_band_share": "share of units with a mean activation of "
    f"{SPARSE_BAND[0]} to {SPARSE_BAND[1]}",
    "test_units_on_per_image": f"units above {ON_ACTIVATION}, mean over images",
    "baseline_mean_image_mse": f"{_MSE}, of the mean training image",
    "baseline_pca_code_size_mse": f"{_MSE}, as many components as code numbers",
    "baseline_pca_units_on_mse": f"{_MSE}, as many components as units on",
    **PROBE_UNITS,
}


def _denoising_units(noise: Noise) -> dict[str, str]:
    return {
        f"test_psnr_{noise}_db": _PSNR,
        f"test_mse_{noise}": _MSE,
        f"test_psnr_{noise}_db_{CLASS_MARK}": _PSNR,
        f"test_gain_{noise}_db": "dB over the best classical filter",
        f"baseline_noisy_{noise}_db": f"{_PSNR}, of the noisy images",
        f"baseline_mean_image_{noise}_db": f"{_PSNR}, of the mean training image",
        **{f"baseline_{name}_{noise}_db": _PSNR for name in FILTERS},
    }


# Metric -> unit; `<class>` stands for any class.
UNITS: Final = _AUTOENCODING_UNITS | {
    name: unit for noise in NOISES for name, unit in _denoising_units(noise).items()
}
# Names that a gate may use.
METRIC_NAMES: Final = tuple(UNITS)
