# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on the memorisation of a passage."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.language.section import render_language_model

# Title of a chart -> label of a line -> column of the history.
CHARTS: Final = {
    "Loss, nats per word": {"training": "loss"},
    "Accuracy": {"training": "accuracy"},
}


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    return render_language_model(data, CHARTS)
