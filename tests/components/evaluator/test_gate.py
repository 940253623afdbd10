# SPDX-License-Identifier: Apache-2.0
"""The gate: what passes, what does not, and what params.yaml may not say."""

import math
from typing import Any

import pytest

from components.core.errors import UsageError
from components.evaluator.classification.metric_names import METRIC_NAMES
from components.evaluator.gate import check_gate, read_gate
from components.evaluator.likelihood import metric_names as likelihood

NAN, INF = math.nan, math.inf


def _passes(
    limits: dict[str, Any], value: float | None, baseline: float | None = None
) -> bool:
    """Whether a metric with these limits passes; no baseline means none published."""
    gate = read_gate({"figure": limits}, "gate")
    values = {} if value is None else {"figure": value}
    published = None if baseline is None else {"figure": baseline}
    return all(check.passed for check in check_gate(values, published, gate))


@pytest.mark.parametrize(
    ("limits", "value", "passes"),
    [
        ({"min": 0.99}, 0.99, True),
        ({"min": 0.99}, 0.9899, False),
        ({"max": 0.05}, 0.05, True),
        ({"max": 0.05}, 0.0501, False),
        ({"min": 1, "max": 2}, 1.5, True),
        ({"min": 1, "max": 2}, 2.5, False),
        ({"min": -1}, -0.5, True),
        ({"min": 0.99}, None, False),
        ({"max": 0.05}, None, False),
        ({"min": 0.99}, NAN, False),
        ({"max": 0.05}, NAN, False),
        ({"min": 0.99}, INF, False),
        ({"max": 0.05}, -INF, False),
    ],
)
def test_value_is_held_against_its_limits(
    limits: dict[str, Any], value: float | None, passes: bool
) -> None:
    assert _passes(limits, value) is passes


HIGHER = {"not_worse_by": 0.001, "higher_is_better": True}
LOWER = {"not_worse_by": 0.001, "higher_is_better": False}


@pytest.mark.parametrize(
    ("limits", "value", "baseline", "passes"),
    [
        (HIGHER, 0.995, 0.995, True),
        (HIGHER, 0.999, 0.995, True),
        (HIGHER, 0.9941, 0.995, True),
        # Exactly the loss that is allowed, though 0.995 - 0.994 > 0.001 in floats.
        (HIGHER, 0.994, 0.995, True),
        (HIGHER, 0.9939, 0.995, False),
        (LOWER, 0.020, 0.021, True),
        (LOWER, 0.022, 0.021, True),
        (LOWER, 0.0221, 0.021, False),
        # The direction follows from the limit beside it.
        ({"min": 0.5, "not_worse_by": 0.1}, 0.6, 0.9, False),
        ({"max": 0.9, "not_worse_by": 0.1}, 0.6, 0.4, False),
        ({"max": 0.9, "not_worse_by": 0.1}, 0.3, 0.6, True),
        ({"min": 0.5, "not_worse_by": 0}, 0.8, 0.8, True),
        (HIGHER, None, 0.995, False),
        (LOWER, None, 0.021, False),
        (HIGHER, NAN, 0.995, False),
        (HIGHER, INF, 0.995, False),
        (HIGHER, 0.995, NAN, False),
        # Everything is better than an infinite loss.
        (LOWER, 0.5, INF, False),
        # Without anything published there is nothing to be worse than.
        (HIGHER, 0.1, None, True),
        (HIGHER, None, None, False),
        (LOWER, NAN, None, False),
    ],
)
def test_value_is_held_against_the_published_model(
    limits: dict[str, Any], value: float | None, baseline: float | None, passes: bool
) -> None:
    assert _passes(limits, value, baseline) is passes


def test_check_says_what_was_wanted_and_received() -> None:
    gate = read_gate({"test_accuracy": {"min": 0.99, "not_worse_by": 0.001}}, "gate")
    value, comparison = check_gate(
        {"test_accuracy": 0.98}, {"test_accuracy": 0.995}, gate
    )
    assert (value.name, value.metric) == ("test_accuracy.min", "test_accuracy")
    assert (value.wanted, value.received) == ("at least 0.99", "0.98")
    assert comparison.name == "test_accuracy.not_worse_by"
    assert comparison.wanted == "at least 0.994 (published model: 0.995)"
    assert comparison.baseline == 0.995


def test_missing_baseline_is_said() -> None:
    gate = read_gate({"figure": HIGHER}, "gate")
    (check,) = check_gate({"figure": 1.0}, None, gate)
    assert check.passed
    assert "Nothing is published" in check.note


def test_baseline_without_the_metric_is_a_failed_check_that_says_so() -> None:
    gate = read_gate({"figure": HIGHER}, "gate")
    (check,) = check_gate({"figure": 1.0}, {"other": 1.0}, gate)
    assert not check.passed
    assert "has no such value" in check.note


@pytest.mark.parametrize(
    ("value", "received"),
    [(None, "not measured"), (NAN, "not a finite number"), (0.5, "0.5")],
)
def test_value_that_is_none_is_worded(value: float | None, received: str) -> None:
    gate = read_gate({"figure": {"min": 0.9}}, "gate")
    values = {} if value is None else {"figure": value}
    (check,) = check_gate(values, None, gate)
    assert check.received == received


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ({}, "every model would be pushed"),
        ({"test_acuracy": {"min": 1}}, "unknown metric 'test_acuracy'. Did you mean"),
        ({"test_accuracy": {"mini": 1}}, "gate.test_accuracy: unknown key.*'min'"),
        ({"test_accuracy": {"metric": "x"}}, "unknown key 'metric'"),
        ({"test_accuracy": 0.99}, "expected a mapping.\nReceived 0.99"),
        ({"test_accuracy": {}}, "one or more of min, max"),
        ({"test_accuracy": {"min": "high"}}, "expected a value of type float"),
        ({"test_accuracy": {"min": NAN}}, "finite"),
        ({"test_accuracy": {"min": 2, "max": 1}}, "min must not be above max"),
        ({"test_accuracy": {"min": 1, "not_worse_by": -1}}, "must be 0 or more"),
        ({"test_accuracy": {"not_worse_by": 0.1}}, "which way is worse"),
        (
            {"test_accuracy": {"min": 0, "max": 1, "not_worse_by": 0.1}},
            "which way is worse",
        ),
        ({"test_accuracy": {"min": 1, "higher_is_better": True}}, "not_worse_by only"),
        ({"test_recall_": {"min": 1}}, "unknown metric 'test_recall_'"),
    ],
)
def test_wrong_gate_is_refused_when_it_is_read(
    gate: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read_gate(gate, "gate", METRIC_NAMES)


def test_former_name_of_a_metric_is_refused_by_its_new_one() -> None:
    gate = {"test_negative_bound_stochastic_nats": {"max": 97}}
    message = "gate: .*_bound_.* is called 'test_negative_elbo_stochastic_nats' now"
    with pytest.raises(UsageError, match=message):
        read_gate(gate, "gate", likelihood.METRIC_NAMES, likelihood.RENAMED)


def test_metric_of_a_class_may_be_named() -> None:
    (rule,) = read_gate({"test_recall_type_1": {"min": 0.5}}, "gate", METRIC_NAMES)
    assert rule.metric == "test_recall_type_1"
