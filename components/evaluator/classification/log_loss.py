# SPDX-License-Identifier: Apache-2.0
"""Log-loss of probabilities, and of guessing; imports no TensorFlow."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Keeps the log-loss of one example finite; Keras, and with it TFMA, clip likewise.
SMALLEST_PROBABILITY: Final = 1e-7


def log_losses(
    probabilities: NDArray[Any], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cross-entropy of each example in nats (n,).

    Args:
        probabilities: Probability of each class (n, classes).
        labels: Index of the true class (n,).
    """
    of_truth = probabilities.astype(np.float64)[np.arange(len(labels)), labels]
    clipped = np.clip(of_truth, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    losses: NDArray[np.float64] = -np.log(clipped)
    return losses


def class_share_log_loss(labels: NDArray[np.int64]) -> float:
    """Log-loss in nats of always predicting the class shares of these labels (n,)."""
    shares = np.bincount(labels) / len(labels)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
