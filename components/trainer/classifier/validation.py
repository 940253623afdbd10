# SPDX-License-Identifier: Apache-2.0
"""Logits of a split of images."""

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
