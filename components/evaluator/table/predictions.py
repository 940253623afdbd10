# SPDX-License-Identifier: Apache-2.0
"""Numbers that a model predicts for a split, collected in one pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import VALUE
from components.core.errors import ProdlError
from components.evaluator.classification.predictions import NUM_FIRST_EXAMPLES
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel


@dataclass(frozen=True)
class NumberPredictions:
    """A predicted number for every example of a split."""

    values: NDArray[np.float64]
    """The predictions (n,)."""

    item_ids: list[str]
    """Item of each example."""

    first_examples: list[bytes]
    """The first examples, serialized: the inputs of the recorded signature calls."""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def num_invalid(self) -> int:
        """Number of predictions that are no finite number."""
        return int((~np.isfinite(self.values)).sum())


def collect_numbers(model: SavedModel, examples: ExampleSplit) -> NumberPredictions:
    """Run a model over a split through `serving_default`.

    Args:
        model: The exported model.
        examples: The split.

    Raises:
        ProdlError: If the model does not return one number per example.
    """
    item_ids: list[str] = []
    values: list[NDArray[np.float64]] = []
    first: list[bytes] = []
    for batch in examples.batches():
        item_ids += batch.item_ids
        first += batch.serialized[: NUM_FIRST_EXAMPLES - len(first)]
        values.append(predict_numbers(model, batch.serialized))
    return NumberPredictions(np.concatenate(values), item_ids, first)


def predict_numbers(model: SavedModel, serialized: list[bytes]) -> NDArray[np.float64]:
    """Compute one number for each of a batch of serialized examples.

    Raises:
        ProdlError: If the model does not return one number per example.
    """
    values = model.predict(serialized, VALUE)
    if values.shape != (len(serialized),):
        raise ProdlError(
            f"{model.path}: expected values of shape ({len(serialized)},), one per "
            f"example.\nReceived {values.shape}."
        )
    numbers: NDArray[np.float64] = values.astype(np.float64)
    return numbers
