# SPDX-License-Identifier: Apache-2.0
"""The evaluator that docs/gates.md shows as an example of one's own works."""

import re
from typing import Any

from components.evaluator.examples import ExampleSplit
from components.evaluator.gate import judge, read_rules
from components.evaluator.served import ServedModel
from components.project import project_root


def test_example_of_an_own_evaluator_is_judged_by_the_gate(
    workshop: Any, split: ExampleSplit
) -> None:
    text = (project_root() / "docs" / "gates.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    module: dict[str, Any] = {}
    exec(code, module)
    metrics = module["evaluate_model"](ServedModel(workshop.good), split)
    rules = read_rules(
        {"test_mean_confidence": {"min": 0.1}}, "gate", module["METRIC_NAMES"]
    )
    (check,) = judge(metrics.values, None, rules)
    assert check.passed
    assert metrics.protocol["split"] == "test"
