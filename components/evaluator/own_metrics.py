# SPDX-License-Identifier: Apache-2.0
"""Metrics of a user's own: functions that a recipe names.

    metrics: [mine.metrics.cost]

measures `test_cost` by

    cost(labels, predictions) -> float

of the test split. For classes `labels` are their indices, int64 (n,), and `predictions`
probabilities, float (n, classes); for numbers both are numbers, (n,). The first line of
the docstring stands on the page. A gate may name the metric like every other.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from components.core.errors import UsageError
from components.core.import_path import FAILURES, import_object
from components.evaluator.metrics import UNIT, Answers, Metrics
from components.evaluator.own_metric_names import own_metric_name

WHERE: Final = "metrics"
_KIND: Final = "a function (labels, predictions) -> float"
# A protocol entry `not_measured.test_cost` says why that metric is missing.
NOT_MEASURED: Final = "not_measured."

Metric = Callable[[Any, Any], Any]


def load_own_metrics(paths: Sequence[str]) -> dict[str, Metric]:
    """Import own metrics; a missing one is a `UsageError`.

    Returns:
        Import path -> function.
    """
    return {path: import_object(path, WHERE, _KIND) for path in paths}


def add_own_metrics(metrics: Metrics, own: Mapping[str, Metric], split: str) -> Metrics:
    """Measure own metrics beside those of the family.

    One that raises an exception, or returns no finite number, is left out, so that a
    gate that names it refuses the model; the protocol says why.

    Args:
        metrics: Metrics of a model, with its answers.
        own: Import path -> function.
        split: Name of the split.

    Raises:
        UsageError: A metric has the name of one of the family.
    """
    values, protocol = dict(metrics.values), dict(metrics.protocol)
    for path, function in own.items():
        name = own_metric_name(path, split)
        if name in metrics.values:
            raise UsageError(
                f"{WHERE}: expected another name than {name!r}, which the family "
                f"measures.\nReceived {path}."
            )
        value, reason = _measure(function, metrics.answers)
        if value is None:
            protocol[NOT_MEASURED + name] = reason
        else:
            values[name] = value
            protocol[UNIT + name] = _first_line(function)
    return replace(metrics, values=values, protocol=protocol)


def reasons(metrics: Metrics) -> dict[str, str]:
    """Metric -> why it was not measured."""
    return {
        name.removeprefix(NOT_MEASURED): reason
        for name, reason in metrics.protocol.items()
        if name.startswith(NOT_MEASURED)
    }


def _measure(function: Metric, answers: Answers | None) -> tuple[float | None, str]:
    if answers is None:
        return None, "the model gave no answers that can be measured"
    try:
        # Copies: a metric must not change what the next one gets.
        value = float(function(answers.labels.copy(), answers.predictions.copy()))
    except FAILURES as error:
        # Whatever it is: a metric that fails must not pass a gate.
        return None, f"{type(error).__name__}: {error}"
    if not math.isfinite(value):
        return None, f"it returned {value}"
    return value, ""


def _first_line(function: Metric) -> str:
    text = inspect.getdoc(function) or ""
    return text.partition("\n")[0] or "of the project's own"
