# SPDX-License-Identifier: Apache-2.0
"""Metrics on slices of a split: groups of photographs with common metadata."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.classification.log_loss import class_share_log_loss
from components.evaluator.classification.metrics import (
    losses_of,
    wilson_interval,
)
from components.evaluator.classification.photo_metadata import PhotoMetadata
from components.evaluator.classification.predictions import Predictions

# Metrics of fewer examples mean too little to be shown.
_FEWEST: Final = 5


@dataclass(frozen=True)
class Slice:
    """Metrics of one slice."""

    kind: str
    """Property that the split is sliced by."""

    name: str
    """Value of that property."""

    count: int
    """Number of examples."""

    accuracy: float
    """Share of correct predictions."""

    low: float
    """Lower end of the accuracy's 95 % interval."""

    high: float
    """Upper end."""

    log_loss: float
    """Nats per example."""

    class_share_log_loss: float
    """Log-loss in nats of always predicting the class shares of this slice."""


def photo_slices(
    predictions: Predictions, metadata: Sequence[PhotoMetadata]
) -> list[Slice]:
    """Slice a split by size, brightness, colour cast and nearness to rejection.

    Args:
        predictions: Predictions of a classifier.
        metadata: Metadata of each photograph, in the order of the predictions.

    Returns:
        Slices of five examples or more; none for a property that all examples share.
    """
    sizes = np.array([one.pixels for one in metadata])
    brightness = np.array([one.brightness for one in metadata])
    casts = np.array([one.colour_cast for one in metadata])
    near_rejection = np.array([one.near_rejection for one in metadata])
    slices = {
        "size": _thirds(sizes, ("small", "medium", "large")),
        "brightness": _thirds(brightness, ("dark", "medium", "bright")),
        "colour": _by_value(casts),
        "close to quarantine": _by_value(near_rejection),
    }
    return [
        _measure(predictions, members, kind, name)
        for kind, named in slices.items()
        for name, members in named.items()
        # A slice that holds every example repeats the overall metrics.
        if len(named) > 1 and members.sum() >= _FEWEST
    ]


def _by_value(values: NDArray[np.str_]) -> dict[str, NDArray[np.bool_]]:
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
        class_share_log_loss=class_share_log_loss(labels),
    )
