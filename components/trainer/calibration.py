# SPDX-License-Identifier: Apache-2.0
"""Honest probabilities: one temperature, fitted on the validation split.

Label smoothing and long training leave a classifier under- or overconfident. Dividing
its logits by one number mends most of that and changes no decision.
"""

import math
from typing import TYPE_CHECKING, Any

from components.trainer.scoring import log_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rounds of golden-section search; each shrinks the interval by 0.618.
_ROUNDS = 40
_GOLDEN = (5**0.5 - 1) / 2


def fit_temperature(logits: "NDArray[Any]", labels: "NDArray[Any]") -> float:
    """Find the temperature that gives the lowest log-loss.

    Args:
        logits: Of items the model was not trained on, (items, classes).
        labels: Their classes.

    Returns:
        A number between 0.1 and 10; logits are to be divided by it.
    """

    def loss_at(log_temperature: float) -> float:
        return log_loss(logits / math.exp(log_temperature), labels)

    # The loss has one minimum along the inverse temperature, hence along its logarithm.
    low, high = math.log(0.1), math.log(10.0)
    for _ in range(_ROUNDS):
        left = high - _GOLDEN * (high - low)
        right = low + _GOLDEN * (high - low)
        if loss_at(left) < loss_at(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)
