# SPDX-License-Identifier: Apache-2.0
"""Confusion matrix and ROC curve as `system.ClassificationMetrics`.

The names are those that KFP's page reads: `confusionMatrix` with `annotationSpecs` and
`rows`, `confidenceMetrics` with one entry per threshold.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.step_data import read_step_data
from pipelines.kubeflow.visualizations.drawing import Drawing

# Of a large test split; the page draws a smooth line through the points.
MAX_POINTS: Final = 200


def classification_metrics(folders: Mapping[str, Path]) -> Drawing:
    """What the evaluation of a classifier left for its section of the report.

    The ROC curve is there for two classes, the only case in which the evaluation has
    one. Without valid predictions there is neither, and KFP's page draws nothing.

    Args:
        folders: `section` is the folder of the ReportSection.
    """
    data = read_step_data(folders["section"])
    arrays, properties = data.arrays, dict[str, Any]()
    if "confusion" in arrays:
        classes = data.facts["details"]["classes"]
        properties["confusionMatrix"] = _matrix(classes, arrays["confusion"])
    if "roc_thresholds" in arrays:
        curve = _curve(arrays["roc"], arrays["roc_thresholds"])
        properties["confidenceMetrics"] = curve
    return Drawing(properties)


def _matrix(classes: list[str], counts: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "annotationSpecs": [{"displayName": name} for name in classes],
        "rows": [{"row": row} for row in counts.tolist()],
    }


def _curve(
    rates: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> list[dict[str, float]]:
    """Points of a curve; rates (2, thresholds): false and true positive, rising."""
    last = len(thresholds) - 1
    shown = np.unique(np.linspace(0, last, MAX_POINTS).round().astype(int))
    # The first threshold is infinite: nothing is accepted. JSON has no such number.
    finite = np.minimum(thresholds, 1.0)
    return [
        {
            "confidenceThreshold": float(finite[index]),
            "falsePositiveRate": float(rates[0, index]),
            "recall": float(rates[1, index]),
        }
        for index in shown
    ]
