# SPDX-License-Identifier: Apache-2.0
"""Learning rates that follow the loss, epoch by epoch.

The rate of an epoch is a function of the history, so a resumed training has the same.
"""

from typing import Any

import keras

from components.trainer.loop.history import EpochRow, column
from components.trainer.loop.params import Optimizer


class AdaptiveRate(keras.optimizers.schedules.LearningRateSchedule):
    """Schedule that holds one rate until the next epoch.

    Args:
        settings: Optimizer with a schedule that follows the loss.
    """

    def __init__(self, settings: Optimizer) -> None:
        super().__init__()
        self._settings = settings
        self._rate = keras.Variable(
            settings.learning_rate,
            trainable=False,
            dtype="float32",
            aggregation="only_first_replica",
            name="adaptive_rate",
        )

    def __call__(self, step: Any) -> Any:
        """Return the rate of the present epoch."""
        return keras.ops.convert_to_tensor(self._rate)

    def update(self, history: list[EpochRow]) -> None:
        """Set the rate of the epoch after those of the history, if there are any."""
        if history:
            self._rate.assign(next_rate(self._settings, history))

    def get_config(self) -> dict[str, Any]:
        """What Keras writes of it: its first rate."""
        return {"learning_rate": self._settings.learning_rate}


def update_rates(
    optimizer: keras.optimizers.Optimizer, history: list[EpochRow]
) -> None:
    """Set the rate of the next epoch, if the optimizer has one that follows the loss.

    Args:
        optimizer: The optimizer of a model.
        history: Rows of the finished epochs.
    """
    # `learning_rate` would be the present number.
    schedule = getattr(optimizer, "_learning_rate", None)
    if isinstance(schedule, AdaptiveRate):
        schedule.update(history)


def next_rate(settings: Optimizer, history: list[EpochRow]) -> float:
    """Compute the learning rate of the next epoch.

    Args:
        settings: The schedule and its factors.
        history: One or more rows of finished epochs.
    """
    rate = history[-1]["learning_rate"]
    if settings.schedule == "raise_while_falling":
        return rate * _factor_by_fall(settings, column(history, "loss"))
    name = "val_loss" if "val_loss" in history[0] else "loss"
    losses, rates = column(history, name), column(history, "learning_rate")
    # The count starts again where the rate was lowered.
    num_here = next(
        (i for i, other in enumerate(reversed(rates)) if other != rate), len(rates)
    )
    best = min(range(len(losses)), key=losses.__getitem__)
    num_stalled = min(len(losses) - 1 - best, num_here)
    return rate * settings.lower_by if num_stalled >= settings.patience else rate


def _factor_by_fall(settings: Optimizer, losses: list[float]) -> float:
    if len(losses) < 2 or losses[-1] == losses[-2]:
        return 1.0
    # A loss that is no number has not fallen.
    return settings.raise_by if losses[-1] < losses[-2] else settings.lower_by
