# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on a restricted Boltzmann machine of ratings."""

from typing import Final

from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section
from components.trainer.section import render_training

_CHARTS: Final = {
    "Validation error (RMSE)": {"validation": "val_rmse"},
    "Difference of the two phases, mean over the item biases": {"training": "loss"},
    "Learning rate": {"learning rate": "learning_rate"},
}
NOTE: Final = (
    "Contrastive divergence has no loss of its own: the phases of a machine that "
    "fits the data differ by chance alone. Validation ratings are later ones of the "
    "same users, predicted from their training ratings; the epoch with the lowest "
    "error is exported."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    rows = [
        [one["unit"], one["strength"], "; ".join(one["likes"]), _joined(one)]
        for one in data.facts["units"]
    ]
    shown = html.join(
        html.subheading("What hidden units stand for", "training-units"),
        html.paragraph(
            "The units with the largest weights. When a unit is on, high ratings of "
            "the first items become more probable, and low ones of the second."
        ),
        html.table(["Unit", "Strength", "More stars for", "Fewer for"], rows, (0, 1)),
    )
    return render_training(data, _CHARTS, NOTE, shown)


def _joined(one: dict[str, list[str]]) -> str:
    return "; ".join(one["dislikes"])
