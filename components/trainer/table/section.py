# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a model of a table: learning curves."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.section import render_training

_LOSS: Final = {"training": "loss", "validation": "val_loss"}
_RATE: Final = {"learning rate": "learning_rate"}
# Column of the history -> charts beside that of the loss.
_CHARTS: Final = {
    "val_accuracy": {
        "Accuracy": {"training": "accuracy", "validation": "val_accuracy"}
    },
    "val_mae": {"Mean absolute error, units of the target": {"validation": "val_mae"}},
}
NOTE: Final = (
    "Training figures are taken while the weights change; validation figures after "
    "each epoch, before a temperature is fitted. The loss of a number is the squared "
    "error on the scale on which the training split has deviation 1. The weights of "
    "the epoch with the lowest validation loss are exported."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    columns = data.facts["history"][0]
    second = next(charts for name, charts in _CHARTS.items() if name in columns)
    charts = {"Loss": _LOSS, **second, "Learning rate": _RATE}
    return render_training(data, charts, NOTE)
