# SPDX-License-Identifier: Apache-2.0
"""One pass of a classifier over a split: what every figure is computed from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import ServedModel

# How far a row of float32 probabilities may miss a sum of one.
SUM_TOLERANCE = 1e-3
NUM_PROBES = 8


@dataclass(frozen=True)
class Predictions:
    """What a model said about every example of a split.

    Attributes:
        classes: Class names in the order of their indices.
        labels: int64 (examples), index of the true class.
        probabilities: float32 (examples, classes).
        item_ids: Item of each example.
        probes: The first examples, serialized: to ask the same model again elsewhere.
    """

    classes: tuple[str, ...]
    labels: NDArray[Any]
    probabilities: NDArray[Any]
    item_ids: list[str]
    probes: list[bytes]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def predicted(self) -> NDArray[Any]:
        """Index of the most probable class of each example."""
        indices: NDArray[Any] = self.probabilities.argmax(axis=1)
        return indices

    @property
    def confidence(self) -> NDArray[Any]:
        """Probability of the predicted class, float64."""
        largest: NDArray[Any] = self.probabilities.max(axis=1).astype(np.float64)
        return largest

    @property
    def num_invalid(self) -> int:
        """Examples whose outputs are not probabilities."""
        rows = self.probabilities
        with np.errstate(invalid="ignore"):
            valid = (
                np.isfinite(rows).all(axis=1)
                & (rows >= 0).all(axis=1)
                & (np.abs(rows.sum(axis=1) - 1) <= SUM_TOLERANCE)
            )
        return int((~valid).sum())


def collect_predictions(model: ServedModel, examples: ExampleSplit) -> Predictions:
    """Run a classifier over a split, once, through `serving_default`.

    Args:
        model: The exported model.
        examples: The split.

    Raises:
        ProdlError: If an example's label is none of the data set's classes, or the
            model does not return one probability per class.
    """
    classes = examples.dataset.classes
    index = {name: number for number, name in enumerate(classes)}
    labels: list[int] = []
    item_ids: list[str] = []
    rows: list[NDArray[Any]] = []
    probes: list[bytes] = []
    for batch in examples.batches():
        labels += _indices(batch.labels, index, examples)
        item_ids += batch.item_ids
        probes += batch.serialized[: NUM_PROBES - len(probes)]
        rows.append(_probabilities(model, batch.serialized, len(classes)))
    return Predictions(
        classes=classes,
        labels=np.array(labels, np.int64),
        probabilities=np.concatenate(rows),
        item_ids=item_ids,
        probes=probes,
    )


def _indices(
    labels: list[str], index: dict[str, int], examples: ExampleSplit
) -> list[int]:
    if unknown := sorted(set(labels) - set(index)):
        raise ProdlError(
            f"split {examples.split!r} of {examples.dataset.name!r}: expected labels "
            f"among {', '.join(index)}.\nReceived {', '.join(map(repr, unknown))}."
        )
    return [index[label] for label in labels]


def _probabilities(
    model: ServedModel, serialized: list[bytes], num_classes: int
) -> NDArray[Any]:
    rows = model.predict(serialized)
    wanted = (len(serialized), num_classes)
    if rows.shape != wanted:
        raise ProdlError(
            f"{model.path}: expected probabilities of shape {wanted}, one per example "
            f"and class.\nReceived {rows.shape}."
        )
    return rows.astype(np.float32)
