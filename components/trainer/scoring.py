# SPDX-License-Identifier: Apache-2.0
"""How good a classifier is on items it was not trained on."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.trainer.inputs import ImageArrays

EVALUATION_BATCH = 1000


def predict_logits(model: Any, arrays: "ImageArrays") -> "NDArray[Any]":
    """Logits (items, classes) of a Keras model."""
    logits: NDArray[Any] = model.predict(
        arrays.images, batch_size=EVALUATION_BATCH, verbose=0
    )
    return logits


def judge(logits: "NDArray[Any]", labels: "NDArray[Any]") -> dict[str, float]:
    """Measure `log_loss` and `accuracy` of logits (items, classes)."""
    return {"log_loss": log_loss(logits, labels), "accuracy": accuracy(logits, labels)}


def log_loss(logits: "NDArray[Any]", labels: "NDArray[Any]") -> float:
    """Mean cross-entropy in nats of the softmax of logits (items, classes)."""
    import numpy as np

    shifted = logits.astype("float64") - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_sum - shifted[np.arange(len(labels)), labels]))


def accuracy(logits: "NDArray[Any]", labels: "NDArray[Any]") -> float:
    """Share of items whose largest logit is that of their label."""
    return float((logits.argmax(axis=1) == labels).mean())
