# SPDX-License-Identifier: Apache-2.0
"""Data of a classifier's part of the report: what `page.py` shows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.classification.metrics import (
    confusion_counts,
    measure_reliability,
    precision_of,
    recall_of,
    roc_points,
    wilson_interval,
    worst_mistakes,
)
from components.evaluator.classification.predictions import Predictions
from components.evaluator.classification.tfma import TfmaResult
from components.evaluator.examples import ExampleSplit

NUM_MISTAKES: Final = 24


@dataclass(frozen=True)
class PageData:
    """Values, arrays and pictures for a renderer, by name."""

    facts: Mapping[str, Any]
    """Values that JSON can hold."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Arrays without Python objects."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Encoded pictures by file name."""

    def __or__(self, other: "PageData") -> "PageData":
        return PageData(
            {**self.facts, **other.facts},
            {**self.arrays, **other.arrays},
            {**self.pictures, **other.pictures},
        )


def page_data(
    predictions: Predictions,
    tfma_result: TfmaResult,
    examples: ExampleSplit,
    values: Mapping[str, float],
) -> PageData:
    """Collect what the page of any classifier shows.

    Args:
        predictions: Predictions for the split.
        tfma_result: Metrics of TensorFlow Model Analysis.
        examples: The split; read once more for the pictures of mistakes.
        values: All metrics by name.
    """
    counts = confusion_counts(predictions)
    mistakes = worst_mistakes(predictions, NUM_MISTAKES)
    pictures = examples.pictures([predictions.item_ids[i] for i in mistakes])
    picture = examples.dataset.item_kind.picture
    suffix = picture.suffix if picture else ""
    names = [f"mistake_{number:02d}.{suffix}" for number in range(len(mistakes))]
    shown = zip(mistakes, names, strict=True)
    return PageData(
        facts={
            "split": examples.split,
            "remark": examples.dataset.evaluation.remark,
            "classes": list(predictions.classes),
            "values": dict(values),
            "per_class": _per_class(predictions, tfma_result, counts),
            "reliability": asdict(measure_reliability(predictions)),
            "num_mistakes": int((predictions.predicted != predictions.labels).sum()),
            "mistakes": [describe(predictions, i, name) for i, name in shown],
        },
        arrays={
            "confusion": counts,
            **(roc_points(predictions) if f"{examples.split}_auc" in values else {}),
        },
        pictures={
            name: pictures[predictions.item_ids[i]]
            for i, name in zip(mistakes, names, strict=True)
        },
    )


def describe(predictions: Predictions, index: int, picture: str = "") -> dict[str, Any]:
    """Describe one prediction as values that JSON can hold.

    Args:
        predictions: Predictions of a classifier.
        index: Position in them.
        picture: File name of the item's picture. Defaults to none.
    """
    return {
        "item_id": predictions.item_ids[index],
        "label": predictions.classes[predictions.labels[index]],
        "predicted": predictions.classes[predictions.predicted[index]],
        "confidence": float(predictions.confidence[index]),
        "picture": picture,
    }


def _per_class(
    predictions: Predictions, tfma_result: TfmaResult, counts: NDArray[np.int64]
) -> list[dict[str, Any]]:
    columns = zip(
        predictions.classes,
        counts.sum(axis=1).tolist(),
        recall_of(counts),
        precision_of(counts),
        strict=True,
    )
    return [
        {
            "name": name,
            "examples": size,
            "recall": recall,
            "recall_interval": _recall_interval(recall, size),
            "precision": precision,
            "log_loss": tfma_result.log_loss_of.get(name),
        }
        for name, size, recall, precision in columns
    ]


def _recall_interval(recall: float | None, size: int) -> tuple[float, float] | None:
    return None if recall is None else wilson_interval(recall, size)
