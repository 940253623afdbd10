# SPDX-License-Identifier: Apache-2.0
"""How good a classifier is on items it was not trained on."""

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.trainer.images.input_pipeline import ImageArrays

# Items judged at once: as many as have this many numbers, within these limits. A deep
# network keeps hundreds of numbers per pixel.
_NUMBERS_AT_ONCE: Final = 4_800_000
_MOST_AT_ONCE: Final = 1000
_FEWEST_AT_ONCE: Final = 8


def evaluation_batch(item_shape: tuple[int, ...]) -> int:
    """How many items of a shape are judged at once.

    Example:
        >>> evaluation_batch((28, 28, 1)), evaluation_batch((224, 224, 3))
        (1000, 31)
    """
    fitting = _NUMBERS_AT_ONCE // math.prod(item_shape)
    return max(_FEWEST_AT_ONCE, min(_MOST_AT_ONCE, fitting))


def predict_logits(model: Any, arrays: "ImageArrays") -> "NDArray[Any]":
    """Logits (items, classes) of a Keras model."""
    import numpy as np

    images = arrays.images
    size = evaluation_batch(images.shape[1:])
    # Batch by batch: Keras' `predict` would copy a split that lies in a file to memory,
    # and its `predict_on_batch` answers once for every device.
    batches = [images[i : i + size] for i in range(0, len(images), size)]
    return np.concatenate(
        [model.predict(batch, batch_size=size, verbose=0) for batch in batches]
    )


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
