# SPDX-License-Identifier: Apache-2.0
"""Measure a published model again on the data of its recipe."""

import json
from collections.abc import Mapping
from pathlib import Path

from components.contracts.splits import SPLITS
from components.core.errors import ProdlError
from components.evaluator.evaluation import (
    evaluate,
    load_evaluate_fn,
    open_model,
    read_examples,
)
from components.evaluator.examples import BATCH_SIZE
from components.serving.saved_model import SavedModel
from pipelines.console import say
from pipelines.context import RunContext, dataset_context
from pipelines.graph.model_steps import dataset_facts, evaluation_dataset
from pipelines.graph.pipeline import build_validation
from pipelines.local.runner import local_target, run_pipeline
from pipelines.nodes import EXAMPLES
from pipelines.published_models import recorded_need

_TEST = SPLITS[-1]


def measure_model(context: RunContext, state: Path, model: Path) -> Mapping[str, float]:
    """Run the data steps of a recipe, and evaluate a model on its test split.

    Args:
        context: The recipe, with its data.
        state: The state folder; finished data steps come from its cache.
        model: Folder of the model.

    Returns:
        Metric -> value.

    Raises:
        ProdlError: If the data steps stopped.
    """
    facts = dataset_facts(context.source_list, context.data)
    needs = recorded_need(model)
    examples = read_examples(
        _examples(context, state),
        _TEST,
        evaluation_dataset(context, facts),
        BATCH_SIZE,
        open_model("needs", needs.uri, needs.sha256),
    )
    say(f"measuring {model.relative_to(context.root)} again")
    outcome = evaluate(
        candidate=SavedModel(model),
        baseline=None,
        examples=examples,
        evaluate_fn=load_evaluate_fn(context.recipe.family_spec.evaluate_fn),
        gate=json.dumps(context.recipe.gate),
        own_metrics=context.recipe.metrics,
    )
    return outcome.metrics.values


def _examples(context: RunContext, state: Path) -> Path:
    dataset = context.data.dataset
    data = dataset_context(context.config, dataset)
    target = local_target(state, dataset, dataset)
    record = run_pipeline(build_validation(data, target), dataset, target, say)
    if record.error:
        raise record.error
    examples = record.output(EXAMPLES)
    if examples is None:
        raise ProdlError(f"the data steps of {dataset!r} left no examples.")
    return examples
