# SPDX-License-Identifier: Apache-2.0
"""Metrics and gates of a user's own: measured, and never passed by mistake."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.core.errors import UsageError
from components.evaluator.evaluation import Evaluation, evaluate
from components.evaluator.metrics import Answers, Metrics
from tests.support.own_code import own_package

METRICS = '''
import numpy as np

def cost(labels, predictions):
    """Euros per item."""
    return float((predictions.argmax(axis=1) != labels).mean() * 3)

def not_a_number(labels, predictions):
    return float("nan")

def raises(labels, predictions):
    return labels["price"]

def leaves(labels, predictions):
    raise SystemExit(0)

def accuracy(labels, predictions):
    return 1.0

def changes(labels, predictions):
    labels[:] = 0
    predictions[:] = 0
    return 0.0
'''
GATES = """
import numpy as np

def cheap(metrics, baseline, most=1.0):
    if baseline is not None:
        most = min(most, baseline["test_cost"])
    return metrics["test_cost"] <= most, f"at most {most}", str(metrics["test_cost"])

def of_numpy(metrics, baseline):
    return np.bool_(True), "anything", "something"

def raises(metrics, baseline):
    return metrics["test_price"] < 1, "below 1", "?"

def leaves(metrics, baseline):
    raise SystemExit(0)

def words(metrics, baseline):
    return "no", "yes", "no"

def truth(metrics, baseline):
    return True

def not_a_number(metrics, baseline):
    return float("nan"), "a number", "none"

def changes(metrics, baseline):
    metrics["test_accuracy"] = 1.0
    return True, "anything", "something"
"""
ANSWERS = Answers(np.array([0, 1, 1]), np.eye(2)[[0, 1, 0]])


class _Split:
    split = "test"


class _Model:
    def __init__(self, accuracy: float, answers: Answers | None = ANSWERS) -> None:
        self.metrics = Metrics({"test_accuracy": accuracy}, {}, answers=answers)
        self.sha256 = "0" * 64


@pytest.fixture(scope="module", autouse=True)
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root: Path = tmp_path_factory.mktemp("project")
    with own_package(root, metrics=METRICS, gates=GATES):
        yield


def _evaluate(
    gate: dict[str, Any],
    *metrics: str,
    baseline: _Model | None = None,
    answers: Answers | None = ANSWERS,
) -> Evaluation:
    model: Any = _Model(0.5, answers)
    examples: Any = _Split()
    return evaluate(
        model,
        baseline,  # type: ignore[arg-type]
        examples,
        lambda model, _: model.metrics,  # type: ignore[attr-defined]
        json.dumps(gate),
        [f"mine.metrics.{name}" for name in metrics],
    )


def test_own_metric_stands_beside_the_others_with_its_words() -> None:
    outcome = _evaluate({"test_cost": {"max": 1.0}}, "cost")

    assert outcome.passed
    assert outcome.metrics.values == {"test_accuracy": 0.5, "test_cost": 1.0}
    assert outcome.metrics.unit("test_cost") == "Euros per item."


def test_own_metric_is_compared_with_the_published_model() -> None:
    better = Answers(np.array([0, 1]), np.eye(2))
    published = _Model(0.9, better)
    gate = {"test_cost": {"max": 5.0, "not_worse_by": 0.1}}

    assert [c.name for c in _evaluate(gate, "cost", baseline=published).failed] == [
        "test_cost.not_worse_by"
    ]


@pytest.mark.parametrize(
    ("metric", "answers", "reason"),
    [
        ("not_a_number", ANSWERS, "it returned nan"),
        ("raises", ANSWERS, "IndexError: only integers"),
        ("leaves", ANSWERS, "SystemExit: 0"),
        ("cost", None, "the model gave no answers"),
    ],
)
def test_metric_without_a_number_refuses(
    metric: str, answers: Answers | None, reason: str
) -> None:
    gate = {f"test_{metric}": {"max": 1e9, "not_worse_by": 1.0}}
    outcome = _evaluate(gate, metric, answers=answers)

    assert len(outcome.failed) == 2
    assert outcome.failed[0].received.startswith(f"not measured: {reason}")


def test_a_metric_changes_neither_others_nor_the_model() -> None:
    assert _evaluate({"test_cost": {"max": 1.0}}, "changes", "cost").passed
    assert not _evaluate(
        {"mine.gates.changes": {}, "test_accuracy": {"min": 0.9}}
    ).passed


def test_name_of_a_metric_of_the_family_is_refused() -> None:
    with pytest.raises(UsageError, match="another name than 'test_accuracy'"):
        _evaluate({"test_accuracy": {"min": 0.1}}, "accuracy")


def test_own_gate_decides_with_its_arguments() -> None:
    assert _evaluate({"mine.gates.cheap": {"most": 1.0}}, "cost").passed
    assert _evaluate({"mine.gates.of_numpy": {}}).passed
    (failed,) = _evaluate({"mine.gates.cheap": {"most": 0.5}}, "cost").failed
    assert (failed.wanted, failed.received) == ("at most 0.5", "1.0")
    better = _Model(0.9, Answers(np.array([0, 1]), np.eye(2)))
    assert not _evaluate({"mine.gates.cheap": {}}, "cost", baseline=better).passed


@pytest.mark.parametrize(
    ("gate", "received"),
    [
        ("raises", "none: KeyError: 'test_price'"),
        ("leaves", "none: SystemExit: 0"),
        ("words", "instead of (True or False, wanted, received)"),
        ("truth", "instead of (True or False, wanted, received)"),
        ("not_a_number", "instead of (True or False, wanted, received)"),
    ],
)
def test_gate_that_cannot_decide_refuses(gate: str, received: str) -> None:
    (failed,) = _evaluate({f"mine.gates.{gate}": {}}).failed

    assert received in failed.received


@pytest.mark.parametrize(
    ("gate", "metrics"), [({"mine.gates.absent": {}}, ()), ({"a": {"min": 1}}, ("no",))]
)
def test_missing_function_costs_no_evaluation(
    gate: dict[str, Any], metrics: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError, match="has no (absent|no)"):
        _evaluate(gate, *metrics)
