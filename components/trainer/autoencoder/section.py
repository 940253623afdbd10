# SPDX-License-Identifier: Apache-2.0
"""What the report section of a training shows of an autoencoder: curves and weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.report import html
from components.report.fragments.image_sheet import image_sheet
from components.trainer.autoencoder.networks import parts
from components.trainer.section import write_training_section

if TYPE_CHECKING:
    from components.trainer.autoencoder.train import Trained
    from components.trainer.job import Job

# Column of the history -> title of its chart and label of its line.
_CHARTS: Final = {
    "loss": ("Loss", "training"),
    "val_mse": ("Mean squared error", "validation"),
    "val_mean_activation": ("Mean activation of the code", "validation"),
    "val_psnr_gaussian_db": ("PSNR after Gaussian noise, dB", "validation"),
    "val_psnr_salt_pepper_db": ("PSNR after salt and pepper, dB", "validation"),
    "learning_rate": ("Learning rate", "learning rate"),
}
NOTE: Final = (
    "The loss is the squared error summed over an image, with the penalties on code "
    "and weights; it is taken while the weights change. Validation figures are taken "
    "after each epoch, on images held out of the training set and, where there is "
    "noise, on the same noise each time. The mean squared error is that of "
    "pixels from 0 to 1."
)
_SHOWN: Final = 100
_COLUMNS: Final = 10
_WIDTH: Final = 460


def write_autoencoder_section(
    folder: Path, job: "Job", params: dict[str, Any], trained: "Trained"
) -> None:
    """Write the section "training" of a report.

    Args:
        folder: Where to write.
        job: What was asked for.
        params: The trainer's parameters by name.
        trained: What came out.
    """
    known = [name for name in _CHARTS if name in trained.history[0]]
    charts = {_CHARTS[name][0]: {_CHARTS[name][1]: name} for name in known}
    write_training_section(
        folder,
        job,
        params,
        trained.outcome,
        trained.history,
        charts,
        note=NOTE,
        more=_weights(trained.model),
    )


def _weights(model: Any) -> Any:
    """What each unit of a one-layer code answers to, as pictures."""
    halves = parts(model)
    kernels = halves[0].get_weights() if halves else []
    if len(kernels) != 2:  # one matrix and its bias
        return ""
    shape = model.input_shape[1:]
    images = kernels[0].T.reshape(-1, *shape)[:_SHOWN]
    return html.join(
        html.subheading("What the units look for", "training-weights"),
        html.picture(
            image_sheet(_stretched(images), _COLUMNS, gap=1),
            _WIDTH,
            f"weights of {len(images)} units",
        ),
        html.paragraph(
            f"Weights from the pixels to the first {len(images)} units, each picture "
            "brought to its own range: grey is nothing, white raises the unit."
        ),
    )


def _stretched(images: Any) -> Any:
    import numpy as np

    largest = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    return ((images / np.maximum(largest, 1e-12) + 1.0) * 127.5).astype(np.uint8)
