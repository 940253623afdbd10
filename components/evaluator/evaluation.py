# SPDX-License-Identifier: Apache-2.0
"""Judge a candidate: measure it and the published model on one split, and decide."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from components.contracts.dataset_facts import DatasetFacts
from components.core.errors import UsageError
from components.core.records import read_record
from components.evaluator.examples import ExampleSplit
from components.evaluator.gate import Check, judge, read_rules
from components.evaluator.metrics import Metrics
from components.model_store.published import PublishedModel, open_published
from components.serving.saved_model import ServedModel

EvaluateFn = Callable[[ServedModel, ExampleSplit], Metrics]


@dataclass(frozen=True)
class Evaluation:
    """What became of a candidate.

    Attributes:
        metrics: Of the candidate.
        baseline: Of the published model on the same examples; None without one.
        checks: The gate's, in order.
    """

    metrics: Metrics
    baseline: Metrics | None
    checks: tuple[Check, ...]

    @property
    def blessed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.passed)


def evaluate(
    candidate: ServedModel,
    baseline: ServedModel | None,
    examples: ExampleSplit,
    evaluate_fn: EvaluateFn,
    gate: str,
) -> Evaluation:
    """Measure, compare, decide.

    Args:
        candidate: The model to judge.
        baseline: The published model; None if nothing is published.
        examples: What both are measured on.
        evaluate_fn: Measures one model; for instance
            `components.evaluator.classification.evaluate.evaluate_model`.
        gate: Metric -> limits, as JSON.
    """
    # The gate first: a wrong one must not cost an evaluation.
    rules = read_rules(json.loads(gate), "gate")
    metrics = evaluate_fn(candidate, examples)
    published = evaluate_fn(baseline, examples) if baseline else None
    checks = judge(metrics.values, published.values if published else None, rules)
    return Evaluation(metrics, published, tuple(checks))


def read_examples(
    uri: str | Path,
    split: str,
    dataset: str,
    batch_size: int,
    needs: ServedModel | None = None,
) -> ExampleSplit:
    """The split to evaluate on.

    Args:
        uri: Folder of the Examples artifact.
        split: Name of the split.
        dataset: Facts about the data set, as JSON.
        batch_size: Examples at once.
        needs: The published model that the recipe reads. Defaults to None.

    Raises:
        UsageError: If the facts are not those of `DatasetFacts`, or the batch is empty.
    """
    if batch_size < 1:
        raise UsageError(f"batch_size must be 1 or more.\nReceived {batch_size}.")
    facts = read_record(DatasetFacts, json.loads(dataset), "dataset")
    return ExampleSplit(uri, split, facts, batch_size, needs)


def open_model(what: str, uri: str, sha256: str) -> ServedModel | None:
    """A published model, if there is one and it is the one that was meant.

    Args:
        what: What it is here, `baseline` or `needs`, for messages.
        uri: Its folder, relative to the project's root or absolute; empty for none.
        sha256: The hash it must have.

    Raises:
        ProdlError: If the folder is missing or has another hash.
    """
    if not uri:
        return None
    return ServedModel(open_published(what, PublishedModel(uri, sha256)))


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
