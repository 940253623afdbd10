# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a model that predicts a class."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import PROBABILITIES
from components.evaluator.classification.metric_names import class_parts
from components.evaluator.classification.metrics import (
    CONFUSION_FILE,
    confusion_counts,
    confusion_csv,
    losses_of,
    measure_reliability,
    precision_of,
    recall_of,
    roc_points,
    wilson_interval,
    worst_mistakes,
)
from components.evaluator.classification.predictions import (
    Predictions,
    collect_predictions,
)
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Answers
from components.evaluator.table.class_metrics import class_statistics
from components.evaluator.table.comparison import Comparison, compare
from components.evaluator.table.measured import (
    Invalid,
    Measured,
    named_values,
    share_values,
)
from components.evaluator.table.metric_names import MAJORITY
from components.evaluator.table.references import References
from components.evaluator.table.resampling import Estimate, Statistic
from components.evaluator.table.slices import Members
from components.serving.saved_model import SavedModel

LOSS: Final = "log_loss"
COMPARED: Final = ("log_loss", "accuracy", "auc")
NUM_MISTAKES: Final = 12


def measure_classes(
    model: SavedModel, examples: ExampleSplit, references: References
) -> Measured | Invalid:
    """Measure a model that predicts a class.

    Args:
        model: The exported model.
        examples: The split under test.
        references: Its rows, and the rivals.
    """
    predictions = collect_predictions(model, examples)
    if predictions.num_invalid:
        return Invalid(predictions.num_invalid, len(predictions))
    comparison = compare(
        predictions.probabilities,
        references.rivals,
        lambda rows: _statistics(predictions, rows),
        LOSS,
        len(predictions),
    )
    comparison = _with_wilson_intervals(comparison, len(predictions))
    count = len(predictions.first_examples)
    return Measured(
        num_examples=len(predictions),
        comparison=comparison,
        values=_values(comparison, predictions, references),
        loss=LOSS,
        loss_unit="nats",
        first_examples=predictions.first_examples,
        first_outputs={PROBABILITIES: predictions.probabilities[:count]},
        loss_of=lambda serialized, positions: _loss(
            model, predictions, serialized, positions
        ),
        measure_slice=lambda members: _slice(predictions, members),
        compared=COMPARED,
        answers=Answers(predictions.labels, predictions.probabilities),
        facts=_facts(predictions, references),
        arrays={"confusion": confusion_counts(predictions), **_roc(predictions)},
        files={CONFUSION_FILE: confusion_csv(predictions)},
    )


def _statistics(predictions: Predictions, rows: Any) -> Mapping[str, Statistic]:
    return class_statistics(replace(predictions, probabilities=rows))


def _with_wilson_intervals(comparison: Comparison, count: int) -> Comparison:
    """Give each accuracy the interval of a share, which holds near 0 and 1 too."""

    def corrected(figures: Mapping[str, Estimate]) -> Mapping[str, Estimate]:
        accuracy = figures["accuracy"].value
        ends = wilson_interval(accuracy, count)
        return {**figures, "accuracy": Estimate(accuracy, *ends)}

    rivals = {name: corrected(figures) for name, figures in comparison.rivals.items()}
    return replace(comparison, model=corrected(comparison.model), rivals=rivals)


def _values(
    comparison: Comparison, predictions: Predictions, references: References
) -> dict[str, float]:
    values = named_values(comparison.model)
    counts = confusion_counts(predictions)
    of_class = {"recall": recall_of(counts), "precision": precision_of(counts)}
    parts = class_parts(predictions.classes)
    for kind, shares in of_class.items():
        for part, share in zip(parts, shares, strict=True):
            if share is not None:
                values[f"{kind}_{part}"] = share
    return values | share_values(comparison, LOSS, MAJORITY, references)


def _loss(
    model: SavedModel,
    predictions: Predictions,
    serialized: list[bytes],
    positions: NDArray[np.int64],
) -> float:
    chosen = replace(
        predictions,
        labels=predictions.labels[positions],
        probabilities=model.predict(serialized),
    )
    return float(losses_of(chosen).mean())


def _slice(predictions: Predictions, members: Members) -> tuple[Estimate, float]:
    chosen = replace(
        predictions,
        labels=predictions.labels[members],
        probabilities=predictions.probabilities[members],
    )
    accuracy = float((chosen.predicted == chosen.labels).mean())
    ends = wilson_interval(accuracy, len(chosen))
    return Estimate(accuracy, *ends), float(losses_of(chosen).mean())


def _roc(predictions: Predictions) -> dict[str, NDArray[np.float64]]:
    if len(predictions.classes) != 2 or len(np.unique(predictions.labels)) != 2:
        return {}
    return roc_points(predictions)


def _facts(predictions: Predictions, references: References) -> dict[str, Any]:
    counts = confusion_counts(predictions)
    per_class = zip(
        predictions.classes,
        counts.sum(axis=1).tolist(),
        recall_of(counts),
        precision_of(counts),
        strict=True,
    )
    mistakes = worst_mistakes(predictions, NUM_MISTAKES)
    wrong = predictions.predicted != predictions.labels
    return {
        "classes": list(predictions.classes),
        "reliability": asdict(measure_reliability(predictions)),
        "per_class": [
            {
                "name": name,
                "examples": size,
                "recall": recall,
                "recall_interval": None
                if recall is None
                else wilson_interval(recall, size),
                "precision": precision,
            }
            for name, size, recall, precision in per_class
        ],
        "num_mistakes": int(wrong.sum()),
        "mistakes": [
            {
                "item_id": predictions.item_ids[i],
                "actual": predictions.classes[predictions.labels[i]],
                "predicted": predictions.classes[predictions.predicted[i]],
                "confidence": float(predictions.confidence[i]),
                "row": references.rows.row(i, references.layout),
            }
            for i in mistakes
        ],
    }
