# SPDX-License-Identifier: Apache-2.0
"""Accuracy of networks trained on few labels, with and without pretraining."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from components.contracts.signatures import (
    PREDICT_FEW_LABELS,
    PROBABILITIES,
)
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel

_LEVEL: Final = 0.95


@dataclass(frozen=True)
class Pairs:
    """Accuracies of pairs of networks that saw the same labels."""

    pretrained: NDArray[np.float64]
    """Accuracy of each draw, (draws,)."""

    from_scratch: NDArray[np.float64]
    """The same without pretraining, (draws,)."""

    @property
    def gain(self) -> float:
        """Mean gain over the draws."""
        return float((self.pretrained - self.from_scratch).mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the 95 % interval of the gain over draws (Student's t)."""
        gains = self.pretrained - self.from_scratch
        error = gains.std(ddof=1) / np.sqrt(len(gains))
        half = float(student.ppf(0.5 + _LEVEL / 2, len(gains) - 1) * error)
        return self.gain - half, self.gain + half


def measure_pairs(
    model: SavedModel, examples: ExampleSplit, classes: tuple[str, ...]
) -> dict[int, Pairs]:
    """Measure all pairs on a split.

    Args:
        model: The exported model.
        examples: The split; read once.
        classes: Class names in index order.

    Returns:
        Number of labels -> accuracies; empty if the model carries no such networks.

    Raises:
        ProdlError: If they are not as many as its provenance says.
    """
    if not model.has_signature(PREDICT_FEW_LABELS):
        return {}
    places = {name: index for index, name in enumerate(classes)}
    hits: list[NDArray[np.bool_]] = []
    for batch in examples.batches():
        images = examples.pixels(batch.serialized)
        rows = model.predict_batches(PREDICT_FEW_LABELS, PROBABILITIES, images=images)
        truth = np.array([places[label] for label in batch.labels])
        hits.append(rows.argmax(axis=2) == truth[:, np.newaxis])
    shares = np.concatenate(hits).mean(axis=0)
    settings: Mapping[str, Any] = model.provenance["params"]["few_labels"]
    labels, draws = settings["labels"], settings["seeds"]
    if len(shares) != 2 * len(labels) * draws:
        raise ProdlError(
            f"{model.path}: {PREDICT_FEW_LABELS} must answer for two networks of each "
            f"draw, {len(labels)} x {draws} x 2 by its provenance.\n"
            f"Received {len(shares)}."
        )
    table = shares.reshape(len(labels), draws, 2)
    return {
        count: Pairs(pairs[:, 0], pairs[:, 1])
        for count, pairs in zip(labels, table, strict=True)
    }
