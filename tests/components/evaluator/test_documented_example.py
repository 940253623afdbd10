# SPDX-License-Identifier: Apache-2.0
"""The evaluators that docs/gates.md shows as examples of one's own work."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.core.project import project_root
from components.evaluator.examples import ExampleSplit
from components.evaluator.gate import check_gate, read_gate
from components.serving.saved_model import SavedModel
from tests.support.models.evaluated_classifiers import EvaluatedClassifiers
from tests.support.models.generators import write_bank_generator


def test_example_of_an_own_evaluator_is_judged_by_the_gate(
    classifiers: EvaluatedClassifiers, split: ExampleSplit
) -> None:
    names = _documented("components/evaluator/confidence/metric_names.py")
    module = _documented("components/evaluator/confidence/evaluate.py")
    metrics = module["evaluate_model"](SavedModel(classifiers.good), split)
    gate = read_gate(
        {"test_mean_confidence": {"min": 0.1}}, "gate", names["METRIC_NAMES"]
    )
    (check,) = check_gate(metrics.values, None, gate)
    assert check.passed
    assert metrics.protocol["split"] == "test"


def test_example_of_an_own_generative_metric_counts_classes_in_effect(
    classifiers: EvaluatedClassifiers, split: ExampleSplit, tmp_path: Path
) -> None:
    module = _documented("components/evaluator/variety/evaluate.py")
    two = np.isin(classifiers.labels, (3, 8))
    generator = write_bank_generator(tmp_path, classifiers.images[two])
    examples = replace(split, needs=SavedModel(classifiers.good))
    metrics = module["evaluate_model"](SavedModel(generator), examples)
    gate = read_gate({"test_variety": {"min": 8}}, "gate", ("test_variety",))
    (check,) = check_gate(metrics.values, None, gate)
    assert not check.passed
    # Two classes; the classifier takes a few of them for others.
    assert check.value == pytest.approx(2.0, abs=0.9)


def _documented(name: str) -> dict[str, Any]:
    """The module that the document shows under a file name, executed."""
    text = (project_root() / "docs" / "gates.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (code,) = (block for block in blocks if block.startswith(f"# {name}\n"))
    module: dict[str, Any] = {}
    exec(code, module)
    return module
