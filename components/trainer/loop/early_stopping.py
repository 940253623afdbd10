# SPDX-License-Identifier: Apache-2.0
"""Early stopping: whether a training has found nothing better for a while."""

from components.trainer.loop.history import EpochRow, column
from components.trainer.loop.params import EarlyStopping


def has_stalled(name: str, patience: int, history: list[EpochRow]) -> bool:
    """Return whether the best epoch is `patience` epochs or more in the past.

    Args:
        name: Column of the history, of which the lowest value is the best.
        patience: Epochs without a better one; 0 for a training that never stalls.
        history: Rows of the finished epochs.
    """
    return _has_stalled(column(history, name), patience)


def should_stop(settings: EarlyStopping, history: list[EpochRow]) -> bool:
    """Return whether a training is to stop.

    Args:
        settings: The metric, and how long to wait for a better one.
        history: Rows of the finished epochs.
    """
    return _has_stalled([settings.score(row) for row in history], settings.patience)


def _has_stalled(scores: list[float], patience: int) -> bool:
    if not patience or not scores:
        return False
    return len(scores) - 1 - scores.index(min(scores)) >= patience
