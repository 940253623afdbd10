# SPDX-License-Identifier: Apache-2.0
"""Permutation importance: how much worse a model is without one column's values.

The values of a column are exchanged between the rows of the split under test, so that
they keep their distribution and say nothing about their rows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.evaluator.examples import ExampleSplit

REPEATS: Final = 5
MOST_ROWS: Final = 2000

_FEWEST_ROWS: Final = 200
# Predictions in all; a table of many columns is measured on fewer rows.
_MOST_PREDICTIONS: Final = 400_000
_SEED: Final = 0

LossOf = Callable[[list[bytes], NDArray[np.int64]], float]
"""Loss of a model for serialized examples and their positions in the split."""


@dataclass(frozen=True)
class Importance:
    """Importance of one column."""

    column: str
    """Name of the feature."""

    increase: float
    """Mean increase of the loss over the repeats."""

    spread: float
    """Standard deviation of the increase over the repeats."""


def permutation_importance(
    examples: ExampleSplit, count: int, columns: Sequence[str], loss_of: LossOf
) -> tuple[list[Importance], int]:
    """Measure the importance of each column for a model.

    Args:
        examples: The split under test.
        count: Number of its examples.
        columns: Names of the features.
        loss_of: Loss of the model.

    Returns:
        Columns by falling importance, and the number of rows they were measured on.
    """
    most = max(_FEWEST_ROWS, _MOST_PREDICTIONS // (REPEATS * len(columns)))
    rows = min(count, MOST_ROWS, most)
    # Evenly over the files, whose order may follow the raw files.
    positions = np.unique(np.linspace(0, count - 1, rows).round().astype(np.int64))
    serialized = examples.serialized(positions.tolist())
    parsed = [tf.train.Example.FromString(example) for example in serialized]
    base = loss_of(serialized, positions)
    random = np.random.default_rng(_SEED)
    found = []
    for column in columns:
        increases = [
            loss_of(permuted, positions) - base
            for permuted in _permuted(parsed, column, random)
        ]
        mean = float(np.mean(increases)) if increases else 0.0
        spread = float(np.std(increases, ddof=1)) if increases else 0.0
        found.append(Importance(column, mean, spread))
    found.sort(key=lambda one: (-one.increase, one.column))
    return found, len(positions)


def _permuted(
    parsed: Sequence[Any], column: str, random: np.random.Generator
) -> Iterator[list[bytes]]:
    """Repeats of the examples, one column of them permuted; none if it is constant."""
    values = [_taken(example, column) for example in parsed]
    if len(set(values)) < 2:
        return
    for _ in range(REPEATS):
        order = random.permutation(len(parsed)).tolist()
        permuted = []
        for example, source in zip(parsed, order, strict=True):
            features = example.features.feature
            if values[source] is None:
                features.pop(column, None)
            else:
                features[column].ParseFromString(values[source])
            permuted.append(example.SerializeToString())
        yield permuted
    for example, value in zip(parsed, values, strict=True):
        if value is None:
            example.features.feature.pop(column, None)
        else:
            example.features.feature[column].ParseFromString(value)


def _taken(example: Any, column: str) -> bytes | None:
    features = example.features.feature
    # A look at a missing entry would make it.
    return features[column].SerializeToString() if column in features else None
