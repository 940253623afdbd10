# SPDX-License-Identifier: Apache-2.0
"""Names and units of the metrics of a model of a table; imports no library.

Settings are checked against these names, so this module must stay light. A model has
those of its target: a class or a number.
"""

import re
from collections.abc import Mapping
from typing import Final

from components.evaluator.classification.metric_names import CLASS_MARK

MAJORITY: Final = "majority"
MEAN: Final = "mean"
LINEAR: Final = "linear"
BOOSTING: Final = "boosting"
CLASS_RIVALS: Final = (MAJORITY, LINEAR, BOOSTING)
NUMBER_RIVALS: Final = (MEAN, LINEAR, BOOSTING)


def _with_ends(units: Mapping[str, str]) -> dict[str, str]:
    """Add the ends of the 95 % interval of each metric."""
    return {
        name + suffix: unit + words
        for name, unit in units.items()
        for suffix, words in {
            "": "",
            "_low": ", lower end of the 95 % interval",
            "_high": ", upper end of the 95 % interval",
        }.items()
    }


_CLASS: Final = {
    "accuracy": "share of examples",
    "log_loss": "nats per example",
    "auc": "chance, one class against the others, mean over the classes",
    "calibration_error": "share, 15 bins of equal width, most probable class",
    "smallest_recall": "share of the examples of the class that is found least",
}
_CLASS_SHARES: Final = {
    "log_loss_share_of_majority": "ratio: below 1 it beats the training class shares",
    "log_loss_share_of_best_rival": "ratio: below 1 it beats every rival",
}
_NUMBER: Final = {
    "rmse": "units of the target, root of the mean squared error",
    "mae": "units of the target, mean absolute error",
    "r2": "share of the variance that is explained, at most 1",
}
_NUMBER_SHARES: Final = {
    "rmse_share_of_mean": "ratio: below 1 it beats the training mean",
    "rmse_share_of_best_rival": "ratio: below 1 it beats every rival",
}
# Metrics that rivals have too.
_CLASS_COMPARED: Final = ("accuracy", "log_loss", "auc")
_NUMBER_COMPARED: Final = ("rmse", "mae", "r2")

_CLASS_TEST: Final = {
    **_with_ends({**_CLASS, **_CLASS_SHARES}),
    f"recall_{CLASS_MARK}": "share of the examples of the class",
    f"precision_{CLASS_MARK}": "share of the predictions of the class",
}
_NUMBER_TEST: Final = _with_ends({**_NUMBER, **_NUMBER_SHARES})
_ANY_TEST: Final = {"invalid_predictions": "examples"}
_CLASS_BASELINES: Final = {
    f"baseline_{metric}_{rival}": _CLASS[metric]
    for rival in CLASS_RIVALS
    for metric in _CLASS_COMPARED
}
_NUMBER_BASELINES: Final = {
    f"baseline_{metric}_{rival}": _NUMBER[metric]
    for rival in NUMBER_RIVALS
    for metric in _NUMBER_COMPARED
}

TEST_UNITS: Final = {**_CLASS_TEST, **_NUMBER_TEST, **_ANY_TEST}
"""Metric without the name of its split -> unit."""

BASELINE_UNITS: Final = {**_CLASS_BASELINES, **_NUMBER_BASELINES}
"""Metric of a rival -> unit."""


def _names(units: Mapping[str, str], baselines: Mapping[str, str]) -> tuple[str, ...]:
    return (*(f"test_{name}" for name in {**units, **_ANY_TEST}), *baselines)


CLASS_METRIC_NAMES: Final = _names(_CLASS_TEST, _CLASS_BASELINES)
"""Names that the gate of a model for classes may use."""

NUMBER_METRIC_NAMES: Final = _names(_NUMBER_TEST, _NUMBER_BASELINES)
"""Names that the gate of a model for a number may use."""

# The evaluation hands out its answers, for metrics of the user's own.
HAS_ANSWERS: Final = True
# The figures that readers know a model by, whatever its gate asks for.
MAIN_METRICS: Final = ("test_rmse", "test_mae", "test_accuracy")
METRIC_NAMES: Final = (*(f"test_{name}" for name in TEST_UNITS), *BASELINE_UNITS)
"""Names that a gate may use."""


def baseline(metric: str, rival: str) -> str:
    """Name of a metric of a rival."""
    return f"baseline_{metric}_{rival}"


def general_name(name: str) -> str:
    """Replace the class in the name of a metric by the mark of any class."""
    return re.sub(r"^(recall|precision)_.*", rf"\1_{CLASS_MARK}", name)
