# SPDX-License-Identifier: Apache-2.0
"""The gate of a recipe in params.yaml, applied to a model."""

import json
from pathlib import Path

from components.core.project import project_root
from components.evaluator.evaluation import EvaluateFn, Evaluation, evaluate
from components.evaluator.examples import ExampleSplit
from components.evaluator.gate import check_gate
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel
from pipelines.config import load_config


def judge(
    recipe: str, model: Path, split: ExampleSplit, evaluate_model: EvaluateFn
) -> Evaluation:
    """Evaluate a model and check its metrics against the gate of a recipe.

    Args:
        recipe: Name of the recipe with the gate.
        model: Folder of the exported model.
        split: Split that it is evaluated on.
        evaluate_model: Evaluate function of its family.
    """
    gate = dict(load_config(project_root()).recipe(recipe).gate)
    return evaluate(SavedModel(model), None, split, evaluate_model, json.dumps(gate))


def failed_checks(recipe: str, metrics: Metrics) -> set[str]:
    """Return the names of the checks of a recipe's gate that metrics fail."""
    gate = load_config(project_root()).recipe(recipe).thresholds
    checks = check_gate(metrics.values, None, gate)
    return {check.name for check in checks if not check.passed}
