# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a nearest-centroid classifier."""

from typing import Final

from components.contracts.step_data import StepData
from components.report.section import Section
from components.trainer.section import render_training

CHARTS: Final = {"Error": {"training": "loss"}}
NOTE: Final = "A centroid is the mean image of a class."


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    return render_training(data, CHARTS, NOTE)
