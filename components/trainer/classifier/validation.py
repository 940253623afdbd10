# SPDX-License-Identifier: Apache-2.0
"""Validation metrics of a classifier."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.images.arrays import ImageArrays
from components.trainer.images.input_pipeline import evaluation_batch


def predict_logits(model: keras.Model, arrays: ImageArrays) -> NDArray[np.float32]:
    """Compute the logits of a split.

    Args:
        model: Keras model from images to logits.
        arrays: The split, images (n, height, width, channels).

    Returns:
        float32 (n, classes).
    """
    images = arrays.images
    size = evaluation_batch(images.shape[1:])
    # Batch by batch: Keras' `predict` would copy a split that is mapped from a file to
    # memory, and its `predict_on_batch` returns the result once for every device.
    batches = [images[i : i + size] for i in range(0, len(images), size)]
    return np.concatenate(
        [model.predict(batch, batch_size=size, verbose=0) for batch in batches]
    )


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
