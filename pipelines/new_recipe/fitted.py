# SPDX-License-Identifier: Apache-2.0
"""What is fitted to the data of a recipe: sizes of the training, limits of the gate."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipelines.new_data.margins import round_up

# A picture is no smaller, as readers take them.
_SMALLEST_SIDE: Final = 8
# A network may lose this part of what the best rival gains over guessing.
ALLOWED_LOSS: Final = 0.25


@dataclass(frozen=True)
class Limit:
    """Limits of one metric, with the reason for them."""

    metric: str
    """Name of the metric."""

    limits: Mapping[str, float]
    """Limit -> value, as a gate has them."""

    reason: str
    """Why, as a comment."""

    brief: str = ""
    """What is compared, in a few words, of a limit on a share; "" for others."""


@dataclass(frozen=True)
class FittedRecipe:
    """Settings of a recipe that fit its data."""

    trainer: Mapping[str, Any]
    """Parameters of the trainer."""

    gate: tuple[Limit, ...]
    """Limits of the gate."""

    notes: Mapping[str, str] = field(default_factory=dict)
    """Parameter of the trainer -> the reason for its value, as a comment."""

    figures: Mapping[str, str] = field(default_factory=dict)
    """Rival -> its figures in words."""


def allowed_share(best: float) -> float:
    """Return the largest share of the loss of guessing that a gate allows.

    Args:
        best: The best rival's share: 0 for one that is always right, 1 for guessing.
    """
    return round_up(best + ALLOWED_LOSS * (1 - best), 2)


def takes_full_batches(trainer: Mapping[str, Any]) -> bool:
    """Whether an epoch is one step, so that no number of items changes the steps.

    Args:
        trainer: Parameters of the trainer.
    """
    return trainer.get("batch_size") == "all"


def batch_size(items: int, fewest: int, most: int) -> int:
    """Return a power of two, so that an epoch has some 30 steps where it can.

    Args:
        items: Training items.
        fewest: Smallest batch.
        most: Largest batch.
    """
    power = 2 ** round(math.log2(max(1, items / 30)))
    return int(min(max(power, fewest), most))


def epochs(items: int, batch: int, steps: int, fewest: int, most: int) -> int:
    """Return how many epochs make so many steps.

    Args:
        items: Training items.
        batch: Items per step.
        steps: Steps in all.
        fewest: Fewest epochs.
        most: Most epochs.
    """
    wanted = round(steps / max(1, items / batch))
    return min(max(wanted, fewest), most)


def picture_side(usual: float, most: int) -> int:
    """Return the side of the square that pictures of several sizes are resized to.

    Args:
        usual: Their usual shorter side.
        most: Largest side.
    """
    return min(max(int(usual), _SMALLEST_SIDE), most)
