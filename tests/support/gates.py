# SPDX-License-Identifier: Apache-2.0
"""What the gate of a recipe, as committed, says of a model."""

import json
from pathlib import Path

from components.core.project import project_root
from components.evaluator.evaluation import EvaluateFn, Evaluation, evaluate
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel
from pipelines.config import load_config


def judge(
    recipe: str, model: Path, split: ExampleSplit, evaluate_model: EvaluateFn
) -> Evaluation:
    """Measure a model as its family does and put it before the gate of a recipe.

    Args:
        recipe: Whose gate.
        model: Folder of the exported model.
        split: What it is measured on.
        evaluate_model: How it is measured.
    """
    gate = dict(load_config(project_root()).recipe(recipe).gate)
    return evaluate(SavedModel(model), None, split, evaluate_model, json.dumps(gate))
