# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a classifier of images: learning curves."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Loss": {"training": "loss", "validation": "val_loss"},
    "Accuracy": {"training": "accuracy", "validation": "val_accuracy"},
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "Training figures are taken while the weights change, on distorted images and with "
    "smoothed labels where the parameters say so; validation figures after each epoch, "
    "on images as they are and before the temperature is fitted."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    return render_training(data, CHARTS, NOTE)
