# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a pretrained classifier.

What all classifiers have follows after it, made by
`components.evaluator.classification`.
"""

from collections.abc import Iterator
from typing import Any, Final

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.evaluator.classification import page as classification
from components.report import html

_ENDS: Final = ("low", "high")


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: What `pretraining/evaluate.py` recorded.
    """
    return html.join(
        *(_few_labels(data) if data.facts.get("few_labels") else ()),
        classification.render_body(data),
    )


def _few_labels(data: StepData) -> Iterator[Markup]:
    facts, values = data.facts["few_labels"], data.facts["values"]
    split = data.facts["split"]
    rows: list[list[Any]] = [
        [
            f"{one['labels']:,}",
            _mean(one["pretrained"]),
            _mean(one["from_scratch"]),
            f"{one['gain']:+.4f}",
            f"{one['interval'][0]:+.4f} to {one['interval'][1]:+.4f}",
            f"{len(one['pretrained'])} draws",
        ]
        for one in facts
    ]
    if f"{split}_gain_over_control" in values:
        low, high = (values[f"{split}_gain_over_control_{end}"] for end in _ENDS)
        rows.append(
            [
                "as trained",
                values[f"{split}_accuracy"],
                values["baseline_accuracy_control"],
                f"{values[f'{split}_gain_over_control']:+.4f}",
                f"{low:+.4f} to {high:+.4f}",
                "one training, over the images",
            ]
        )
    yield html.subheading("What pretraining gains", "evaluation-pretraining")
    headers = ["Labels", "Pretrained", "Random weights", "Gain", "95 % interval", "Of"]
    yield html.table(headers, rows)
    yield html.bar_chart(
        [str(row[0]) for row in rows],
        {
            "pretrained": [float(row[1]) for row in rows],
            "from random weights": [float(row[2]) for row in rows],
        },
        "Accuracy by number of labels",
        "share of examples",
    )
    unproven = [f"{one['labels']:,}" for one in facts if one["interval"][0] <= 0]
    if unproven:
        yield html.paragraph(
            f"With {' and '.join(unproven)} labels the interval includes 0: a gain is "
            "not proven."
        )


def _mean(values: list[Any]) -> float:
    return float(sum(values) / len(values))
