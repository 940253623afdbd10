# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a pretrained classifier.

That of any classifier, with the control that saw all its labels
(`components/evaluator/classification/control.py`), and pairs of networks that were
trained on few labels: there pretraining matters, if it does at all.
"""

import re
from dataclasses import replace
from typing import Any, Final

from components.evaluator.classification.evaluate import evaluate_model as classify
from components.evaluator.classification.metric_names import CLASS_MARK
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import (
    UNIT,
    Metrics,
)
from components.evaluator.pretraining.few_labels import Pairs, measure_pairs
from components.evaluator.pretraining.metric_names import (
    BASELINE_UNITS,
    FEW_LABELS_UNITS,
)
from components.serving.saved_model import SavedModel

# Not imported: a reworded page must not evaluate again.
RENDERER: Final = "components.evaluator.pretraining.page"


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate a pretrained classifier on a split.

    Args:
        model: The exported model, which carries along what it is compared with.
        examples: The split.

    Returns:
        Metrics of a classifier, with the gains by number of labels.
    """
    metrics = classify(model, examples)
    if metrics.answers is None:
        return metrics
    pairs = measure_pairs(model, examples, tuple(examples.dataset.classes))
    values = few_labels_values(pairs, examples.split)
    units = _units(values, examples.split)
    return replace(
        metrics,
        values={**metrics.values, **values},
        protocol={**metrics.protocol, **_protocol(pairs), **units},
        renderer=RENDERER,
        facts={**metrics.facts, "few_labels": _facts(pairs)},
    )


def few_labels_values(pairs: dict[int, Pairs], split: str) -> dict[str, float]:
    """Name the figures of pairs of networks as metrics.

    Args:
        pairs: Number of labels -> accuracies.
        split: Name of the split.
    """
    values: dict[str, float] = {}
    for count, found in pairs.items():
        low, high = found.interval
        values |= {
            f"{split}_accuracy_{count}_labels": float(found.pretrained.mean()),
            f"{split}_pretraining_gain_{count}_labels": found.gain,
            f"{split}_pretraining_gain_low_{count}_labels": low,
            f"{split}_pretraining_gain_high_{count}_labels": high,
            f"baseline_accuracy_no_pretraining_{count}_labels": float(
                found.from_scratch.mean()
            ),
        }
    return values


def _units(values: dict[str, float], split: str) -> dict[str, str]:
    known = FEW_LABELS_UNITS | BASELINE_UNITS
    units = {}
    for metric in values:
        name = re.sub(r"_\d+_labels$", f"_{CLASS_MARK}", metric)
        units[UNIT + metric] = known[name.removeprefix(f"{split}_")]
    return units


def _facts(pairs: dict[int, Pairs]) -> list[dict[str, Any]]:
    return [
        {
            "labels": count,
            "pretrained": found.pretrained.tolist(),
            "from_scratch": found.from_scratch.tolist(),
            "gain": found.gain,
            "interval": list(found.interval),
        }
        for count, found in pairs.items()
    ]


def _protocol(pairs: dict[int, Pairs]) -> dict[str, str]:
    if not pairs:
        return {}
    draws = len(next(iter(pairs.values())).pretrained)
    return {
        "few_labels": f"{draws} draws of the labels, each with two networks in half "
        "precision, trained alike: one on the same pretrained layers in all draws, "
        "one from random weights; intervals: Student's t over the draws"
    }
