# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on an autoencoder: learning curves and weights."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.step_data import StepData
from components.report import html
from components.report.fragments.image_sheet import image_sheet
from components.report.section import Section
from components.trainer.section import render_training

# Column of the history -> title of its chart and label of its line.
_CHARTS: Final = {
    "loss": ("Loss", "training"),
    "val_mse": ("Mean squared error", "validation"),
    "val_mean_activation": ("Mean activation of the code", "validation"),
    "val_psnr_gaussian_db": ("PSNR after Gaussian noise, dB", "validation"),
    "val_psnr_salt_pepper_db": ("PSNR after salt and pepper, dB", "validation"),
    "val_psnr_blur_db": ("PSNR after blur, dB", "validation"),
    "learning_rate": ("Learning rate", "learning rate"),
}
NOTE: Final = (
    "The loss is the squared error summed over an image, with the penalties on code "
    "and weights; it is taken while the weights change. Validation figures are taken "
    "after each epoch, on images held out of the training set and, where there is "
    "noise, on the same noise each time. The mean squared error is that of "
    "pixels from 0 to 1."
)
_COLUMNS: Final = 10
_WIDTH: Final = 460


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    columns = [name for name in _CHARTS if name in data.facts["history"][0]]
    charts = {_CHARTS[name][0]: {_CHARTS[name][1]: name} for name in columns}
    weights = data.arrays.get("encoder_weights")
    more = "" if weights is None else _weight_sheet(weights)
    return render_training(data, charts, note=NOTE, more=more)


def _weight_sheet(weights: NDArray[np.float32]) -> Any:
    """Show the weights of each unit (units, height, width, channels) as an image."""
    return html.join(
        html.subheading("Encoder weights", "training-weights"),
        html.picture(
            image_sheet(_scale_to_uint8(weights), _COLUMNS, gap=1),
            _WIDTH,
            f"weights of {len(weights)} units",
        ),
        html.paragraph(
            f"Weights from the pixels to the first {len(weights)} units, each picture "
            "scaled to its own range: grey is zero, white is positive."
        ),
    )


def _scale_to_uint8(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale each image so that its largest absolute weight is black or white."""
    largest = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    scaled = (images / np.maximum(largest, 1e-12) + 1.0) * 127.5
    pixels: NDArray[np.uint8] = scaled.astype(np.uint8)
    return pixels
