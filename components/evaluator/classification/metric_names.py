# SPDX-License-Identifier: Apache-2.0
"""Names and units of the metrics of a classifier; imports no library.

Settings are checked against these names, so this module must stay light.
"""

import re
from collections.abc import Sequence
from typing import Final

CLASS_MARK: Final = "<class>"
"""Stands for a class name in snake case."""

TEST_UNITS: Final = {
    "accuracy": "share of examples",
    "accuracy_low": "share of examples, lower end of the 95 % interval",
    "accuracy_high": "share of examples, upper end of the 95 % interval",
    "log_loss": "nats per example",
    "log_loss_low": "nats per example, lower end of the 95 % interval",
    "log_loss_high": "nats per example, upper end of the 95 % interval",
    "log_loss_over_class_share": "ratio: below 1 it beats always the class shares",
    "gain_over_control": "share of examples, accuracy above that of the control",
    "gain_over_control_low": "share of examples, lower end of the 95 % interval",
    "gain_over_control_high": "share of examples, upper end of the 95 % interval",
    "auc": "chance that the second class is ranked above the first, 0 to 1",
    "auc_low": "chance, lower end of the 95 % interval",
    "auc_high": "chance, upper end of the 95 % interval",
    "brier_score": "mean squared error of the probabilities, 0 to 2",
    "calibration_error": "share, 15 bins of equal width, most probable class",
    "invalid_predictions": "examples",
    f"recall_{CLASS_MARK}": "share of the examples of the class",
    f"precision_{CLASS_MARK}": "share of the predictions of the class",
}
"""Metric without the name of its split -> unit."""

BASELINE_UNITS: Final = {
    "baseline_accuracy_majority": "share of examples, always the most frequent class",
    "baseline_log_loss_class_share": "nats per example, always the class shares",
    "baseline_accuracy_control": "share of examples, the same network from scratch",
    "baseline_log_loss_control": "nats per example, the same network from scratch",
}
"""Metric of a constant prediction -> unit."""

# The evaluation hands out its answers, for metrics of the user's own.
HAS_ANSWERS: Final = True
# The figure that readers know a model by, whatever its gate asks for.
MAIN_METRICS: Final = ("test_accuracy",)
METRIC_NAMES: Final = (*(f"test_{name}" for name in TEST_UNITS), *BASELINE_UNITS)
"""Names that a gate may use."""


def snake_case(name: str) -> str:
    """Convert a class name to a part of a metric's name: `Type 1` to `type_1`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def class_parts(classes: Sequence[str]) -> list[str]:
    """Convert class names to parts of names of metrics that all differ.

    Args:
        classes: Class names in index order.

    Example:
        >>> class_parts(["A+", "A-", "\u516b"])
        ['a', 'a_2', 'class_3']
    """
    parts: list[str] = []
    for position, name in enumerate(classes, 1):
        plain = part = snake_case(name) or f"class_{position}"
        number = 2
        while part in parts:
            part, number = f"{plain}_{number}", number + 1
        parts.append(part)
    return parts
