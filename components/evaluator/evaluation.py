# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a candidate: metrics of it and of the published model, and verdict."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.verdicts import GateCheck, ModelVerdict
from components.core.errors import UsageError
from components.core.records import from_json
from components.evaluator.examples import ExampleSplit
from components.evaluator.gate import check_gate, read_gate
from components.evaluator.metrics import Metrics
from components.evaluator.own_gates import (
    check_own_gates,
    load_own_gates,
    read_own_gates,
)
from components.evaluator.own_metrics import (
    add_own_metrics,
    load_own_metrics,
    reasons,
)
from components.model_store.published import PublishedModel, open_published
from components.serving.saved_model import SavedModel

EvaluateFn = Callable[[SavedModel, ExampleSplit], Metrics]


@dataclass(frozen=True)
class Evaluation:
    """Result of evaluating a candidate."""

    metrics: Metrics
    """Metrics of the candidate."""

    baseline: Metrics | None
    """Metrics of the published model on the same examples; None without one."""

    verdict: ModelVerdict
    """Result of the gate."""

    @property
    def passed(self) -> bool:
        """Whether every check of the gate passed."""
        return self.verdict.passed

    @property
    def failed(self) -> tuple[GateCheck, ...]:
        """The checks of the gate that did not pass."""
        return self.verdict.failed


def evaluate(
    candidate: SavedModel,
    baseline: SavedModel | None,
    examples: ExampleSplit,
    evaluate_fn: EvaluateFn,
    gate: str,
    own_metrics: Sequence[str] = (),
) -> Evaluation:
    """Measure a candidate and the published model, and apply the gate.

    Args:
        candidate: The model to evaluate.
        baseline: The published model; None if nothing is published.
        examples: The split that both are measured on.
        evaluate_fn: Measures one model, as
            `components.evaluator.classification.evaluate.evaluate_model`.
        gate: Metric -> limits, and import path of an own gate -> arguments, as JSON.
        own_metrics: Import paths of the user's own metrics. Defaults to none.
    """
    # The gate first: an invalid one must not cost an evaluation.
    limits = json.loads(gate)
    thresholds = read_gate(limits, "gate")
    own_gates = read_own_gates(limits, "gate")
    load_own_gates(own_gates)
    own = load_own_metrics(own_metrics)

    def measure(model: SavedModel) -> Metrics:
        return add_own_metrics(evaluate_fn(model, examples), own, examples.split)

    metrics = measure(candidate)
    published = measure(baseline) if baseline else None
    values = published.values if published else None
    checks = [
        *check_gate(metrics.values, values, thresholds, reasons(metrics)),
        *check_own_gates(own_gates, metrics.values, values),
    ]
    verdict = ModelVerdict(tuple(checks), candidate.sha256)
    return Evaluation(metrics, published, verdict)


def read_examples(
    uri: str | Path,
    split: str,
    dataset: str,
    batch_size: int,
    needs: SavedModel | None = None,
) -> ExampleSplit:
    """Describe the split to evaluate on.

    Args:
        uri: Folder of the Examples artifact.
        split: Name of the split.
        dataset: Facts about the data set, as JSON.
        batch_size: Examples at once.
        needs: The published model that the recipe names as `needs`. Defaults to None.

    Raises:
        UsageError: If the facts are not those of `DatasetFacts`, or the batch size is
            below 1.
    """
    if batch_size < 1:
        raise UsageError(f"batch_size must be 1 or more.\nReceived {batch_size}.")
    facts = from_json(DatasetFacts, dataset, "dataset")
    return ExampleSplit(uri, split, facts, batch_size, needs)


def open_model(what: str, uri: str, sha256: str) -> SavedModel | None:
    """Open a published model and verify its hash.

    Args:
        what: Its role, `baseline` or `needs`, for messages.
        uri: Its folder, relative to the project's root or absolute; empty for none.
        sha256: Expected hash.

    Returns:
        None without a uri.

    Raises:
        ProdlError: If the folder is missing or has another hash.
    """
    if not uri:
        return None
    return SavedModel(open_published(what, PublishedModel(uri, sha256)))


def load_evaluate_fn(path: str) -> EvaluateFn:
    """Import an evaluate function.

    Args:
        path: Dotted path of a module and a function in it, such as
            `components.evaluator.classification.evaluate.evaluate_model`.

    Raises:
        UsageError: If there is no such module or function.
    """
    module, _, name = path.rpartition(".")
    try:
        found: EvaluateFn = getattr(import_module(module), name)
    except (AttributeError, ModuleNotFoundError, ValueError) as error:
        raise UsageError(
            "evaluate_fn: expected the import path of a function (model, examples) -> "
            f"Metrics.\nReceived {path!r}: {error}."
        ) from None
    return found
