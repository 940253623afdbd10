# SPDX-License-Identifier: Apache-2.0
"""Metrics of a pretrained classifier: those of classifiers, and gains by labels.

`<class>` stands here for a number of labels, as in `600_labels`.
"""

from typing import Final

from components.evaluator.classification import metric_names as classification
from components.evaluator.classification.metric_names import CLASS_MARK

# Metric without the name of its split -> unit.
FEW_LABELS_UNITS: Final = {
    f"accuracy_{CLASS_MARK}": "share of examples, mean over the draws of the labels",
    f"pretraining_gain_{CLASS_MARK}": "share of examples, accuracy above that of the "
    "same network from random weights, mean over the draws of the labels",
    f"pretraining_gain_low_{CLASS_MARK}": "share of examples, lower end of the 95 % "
    "interval over the draws",
    f"pretraining_gain_high_{CLASS_MARK}": "share of examples, upper end of the 95 % "
    "interval over the draws",
}
BASELINE_UNITS: Final = {
    f"baseline_accuracy_no_pretraining_{CLASS_MARK}": "share of examples, the same "
    "network from random weights, mean over the draws of the labels",
}

HAS_ANSWERS: Final = classification.HAS_ANSWERS
MAIN_METRICS: Final = classification.MAIN_METRICS
METRIC_NAMES: Final = (
    *classification.METRIC_NAMES,
    *(f"test_{name}" for name in FEW_LABELS_UNITS),
    *BASELINE_UNITS,
)
