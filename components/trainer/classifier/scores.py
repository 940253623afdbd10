# SPDX-License-Identifier: Apache-2.0
"""Log-loss and accuracy of logits, whatever was classified."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def validation_metrics(
    logits: NDArray[Any], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Compute `log_loss` and `accuracy`.

    Args:
        logits: (n, classes).
        labels: (n,), index of the class.
    """
    return {"log_loss": log_loss(logits, labels), "accuracy": accuracy(logits, labels)}


def log_loss(logits: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Compute the mean cross-entropy of the softmax, in nats.

    Args:
        logits: (n, classes).
        labels: (n,), index of the class.
    """
    shifted = logits.astype("float64") - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_sum - shifted[np.arange(len(labels)), labels]))


def accuracy(logits: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Compute the share of items whose largest logit is that of their label.

    Args:
        logits: (n, classes).
        labels: (n,), index of the class.
    """
    return float((logits.argmax(axis=1) == labels).mean())
