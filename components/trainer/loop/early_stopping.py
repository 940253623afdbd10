# SPDX-License-Identifier: Apache-2.0
"""Early stopping: whether a training has found nothing better for a while."""

from components.trainer.loop.history import EpochRow, column


def has_stalled(name: str, patience: int, history: list[EpochRow]) -> bool:
    """Return whether the best epoch is `patience` epochs or more in the past.

    Args:
        name: Column of the history, of which the lowest value is the best.
        patience: Epochs without a better one; 0 for a training that never stalls.
        history: Rows of the finished epochs.
    """
    values = column(history, name)
    if not patience or not values:
        return False
    return len(values) - 1 - values.index(min(values)) >= patience
