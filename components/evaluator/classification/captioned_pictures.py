# SPDX-License-Identifier: Apache-2.0
"""Pictures of items captioned with their predictions, for the pages of classifiers."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.report import html


def captioned_pictures(
    data: StepData, predictions: Sequence[Mapping[str, Any]]
) -> list[tuple[bytes, Markup]]:
    """Read the pictures of predictions and caption them.

    Args:
        data: Data with the files of the pictures.
        predictions: Predictions as `page_data.describe` records them.
    """
    return [
        ((data.folder / one["picture"]).read_bytes(), caption(one))
        for one in predictions
    ]


def caption(prediction: Mapping[str, Any]) -> Markup:
    """Caption a prediction: true and predicted class, confidence, item.

    Args:
        prediction: A prediction as `page_data.describe` records it.
    """
    label, predicted = prediction["label"], prediction["predicted"]
    text = label if label == predicted else f"{label} taken for {predicted}"
    text = f"{text}, {prediction['confidence']:.1%}"
    return html.join(text, html.code(prediction["item_id"]))
