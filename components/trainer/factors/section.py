# SPDX-License-Identifier: Apache-2.0
"""Section "training" of the report on factors of ratings."""

from typing import Any, Final

from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section
from components.trainer.section import render_training

_CHARTS: Final = {
    "Error (RMSE) by sweep": {"training": "loss", "validation": "val_rmse"}
}
# Labels of more items would lie on each other.
_MOST_POINTS: Final = 300
NOTE: Final = (
    "A sweep solves for all items, then for all users. Validation ratings are later "
    "ones of the same users, predicted from their training ratings. The sweep with the "
    "lowest validation error is exported."
)


def render(data: StepData) -> Section:
    """Make the section of the data that the training left."""
    return render_training(data, _CHARTS, NOTE, html.join(*_more(data)))


def _more(data: StepData) -> list[Any]:
    found = data.facts["by_factors"]
    parts = [
        html.line_chart(
            {"validation": [error for _, error in found]},
            x=[float(number) for number, _ in found],
            title="Error (RMSE) by number of factors, each at its best sweep",
            x_label="factors",
        )
    ]
    places = data.arrays["places"]
    if places.shape[1] == 2:
        # Items are in the order of their ratings, the most frequent first.
        shown = places[:_MOST_POINTS].tolist()
        labels = data.facts["labels"][: len(shown)]
        title = "Items on the two directions in which their factors differ most"
        parts.append(html.labelled_points(shown, labels, title))
    return parts
