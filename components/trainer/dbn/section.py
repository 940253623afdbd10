# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a deep belief net."""

from typing import Final

from components.contracts.step_data import StepData
from components.report import html
from components.report.fragments.image_sheet import image_sheet
from components.report.section import Section
from components.trainer.section import render_training

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Accuracy on validation images": {
        "pretrained": "val_accuracy",
        "random weights": "control_val_accuracy",
    },
    "Loss on validation images": {
        "pretrained": "val_loss",
        "random weights": "control_val_loss",
    },
    "Loss in training": {
        "pretrained": "loss",
        "random weights": "control_loss",
    },
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "Both networks are the same, trained alike on the same labels; they differ in "
    "their first weights. Training figures are taken while the weights change and with "
    "dropout, validation figures after each epoch."
)
_COLUMNS: Final = 10
_WIDTH: Final = 300
_SHEETS: Final = {
    "weights_before": "after pretraining",
    "weights_after": "after the training with labels",
}


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    sheets = [
        (image_sheet(data.arrays[name], _COLUMNS, gap=1), caption)
        for name, caption in _SHEETS.items()
    ]
    pictures = html.join(
        html.subheading("Weights of the first layer", "training-weights"),
        html.image_grid(sheets, size=_WIDTH, columns=2, alt="weights"),
        html.paragraph("The same units; each has a scale of its own, and grey is 0."),
    )
    return render_training(data, CHARTS, NOTE, more=pictures)
