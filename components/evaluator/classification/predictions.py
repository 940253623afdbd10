# SPDX-License-Identifier: Apache-2.0
"""Predictions of a classifier for a split, collected in one pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel

# Largest deviation of the sum of float32 probabilities from one.
SUM_TOLERANCE = 1e-3
NUM_FIRST_EXAMPLES = 8


@dataclass(frozen=True)
class Predictions:
    """Predictions for every example of a split."""

    classes: tuple[str, ...]
    """Class names in the order of their indices."""

    labels: NDArray[np.int64]
    """Index of the true class (n,)."""

    probabilities: NDArray[np.float32]
    """Probability of each class (n, classes)."""

    item_ids: list[str]
    """Item of each example."""

    first_examples: list[bytes]
    """The first examples, serialized: the inputs of the recorded signature calls."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Index of the most probable class of each example (n,)."""
        indices: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return indices

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class (n,)."""
        largest: NDArray[np.float64] = self.probabilities.max(axis=1).astype(np.float64)
        return largest

    @property
    def num_invalid(self) -> int:
        """Number of examples whose outputs are not probabilities."""
        rows = self.probabilities
        with np.errstate(invalid="ignore"):
            valid = (
                np.isfinite(rows).all(axis=1)
                & (rows >= 0).all(axis=1)
                & (np.abs(rows.sum(axis=1) - 1) <= SUM_TOLERANCE)
            )
        return int((~valid).sum())


def collect_predictions(model: SavedModel, examples: ExampleSplit) -> Predictions:
    """Run a classifier over a split through `serving_default`.

    Args:
        model: The exported model.
        examples: The split.

    Raises:
        ProdlError: If a label is not among the data set's classes, or the model does
            not return one probability per class.
    """
    classes = examples.dataset.classes
    index = {name: number for number, name in enumerate(classes)}
    labels: list[int] = []
    item_ids: list[str] = []
    rows: list[NDArray[np.float32]] = []
    first: list[bytes] = []
    for batch in examples.batches():
        labels += _indices(batch.labels, index, examples)
        item_ids += batch.item_ids
        first += batch.serialized[: NUM_FIRST_EXAMPLES - len(first)]
        rows.append(_probabilities(model, batch.serialized, len(classes)))
    return Predictions(
        classes=classes,
        labels=np.array(labels, np.int64),
        probabilities=np.concatenate(rows),
        item_ids=item_ids,
        first_examples=first,
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
    model: SavedModel, serialized: list[bytes], num_classes: int
) -> NDArray[np.float32]:
    rows = model.predict(serialized)
    wanted = (len(serialized), num_classes)
    if rows.shape != wanted:
        raise ProdlError(
            f"{model.path}: expected probabilities of shape {wanted}, one per example "
            f"and class.\nReceived {rows.shape}."
        )
    return rows.astype(np.float32)
