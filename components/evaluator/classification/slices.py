# SPDX-License-Identifier: Apache-2.0
"""Figures on parts of a split: does a model fail where pictures are small or dark?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.classification.metrics import (
    class_share_log_loss,
    losses_of,
    wilson_interval,
)
from components.evaluator.classification.photo_metadata import PhotoFacts
from components.evaluator.classification.predictions import Predictions

# A part with fewer examples has no figure worth reading.
_FEWEST: Final = 5


@dataclass(frozen=True)
class Slice:
    """Figures on one part.

    Attributes:
        kind: What the split was parted by.
        name: This part of it.
        count: Its examples.
        accuracy: Share of right answers.
        low: Lower end of its 95 % interval.
        high: Upper end.
        log_loss: Nats per example.
        guessing: Log-loss of always answering with the class shares of this part.
    """

    kind: str
    name: str
    count: int
    accuracy: float
    low: float
    high: float
    log_loss: float
    guessing: float


def photo_slices(predictions: Predictions, facts: Sequence[PhotoFacts]) -> list[Slice]:
    """Part a split by size, brightness, colour and soundness of its photographs.

    Args:
        predictions: Of a classifier.
        facts: About each photograph, in the order of the predictions.
    """
    sizes = np.array([fact.pixels for fact in facts])
    light = np.array([fact.brightness for fact in facts])
    casts = np.array([fact.cast for fact in facts])
    doubts = np.array([fact.doubt for fact in facts])
    parts = {
        "size": _thirds(sizes, ("small", "medium", "large")),
        "brightness": _thirds(light, ("dark", "medium", "bright")),
        "colour": _each(casts),
        "close to quarantine": _each(doubts),
    }
    return [
        _measure(predictions, members, kind, name)
        for kind, named in parts.items()
        for name, members in named.items()
        # One part that holds everything tells nothing new.
        if len(named) > 1 and members.sum() >= _FEWEST
    ]


def _each(values: NDArray[np.str_]) -> dict[str, NDArray[np.bool_]]:
    return {name: values == name for name in sorted(set(values.tolist()))}


def _thirds(
    values: NDArray[np.float64], names: tuple[str, str, str]
) -> dict[str, NDArray[np.bool_]]:
    first, second = np.quantile(values, (1 / 3, 2 / 3))
    low, high = values <= first, values > second
    return dict(zip(names, (low, ~low & ~high, high), strict=True))


def _measure(
    predictions: Predictions, members: NDArray[np.bool_], kind: str, name: str
) -> Slice:
    labels = predictions.labels[members]
    count = len(labels)
    accuracy = float((predictions.predicted[members] == labels).mean())
    low, high = wilson_interval(accuracy, count)
    return Slice(
        kind=kind,
        name=name,
        count=count,
        accuracy=accuracy,
        low=low,
        high=high,
        log_loss=float(losses_of(predictions)[members].mean()),
        guessing=class_share_log_loss(labels),
    )
