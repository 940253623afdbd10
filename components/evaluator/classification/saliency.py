# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM heat maps of an exported classifier, through its signature `explain`.

The trainer exports the gradient computation (`trainer/classifier/photo_export.py`);
`photo_page.py` draws the maps over the pictures.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.signatures import EXPLAIN, IMAGES
from components.serving.saved_model import SavedModel


def explain(
    model: SavedModel, encoded: Sequence[bytes]
) -> tuple[NDArray[np.uint8], NDArray[np.floating[Any]]]:
    """Compute the heat map of the predicted class of each picture.

    Args:
        model: An exported classifier of photographs.
        encoded: Bytes of picture files.

    Returns:
        The pictures at the size of the model's input, uint8 (n, height, width, 3), and
        their heat maps, float32 (n, rows, columns) from 0 to 1.
    """
    outputs = model.signature(EXPLAIN)(encoded=tf.constant(list(encoded)))
    return outputs[IMAGES].numpy(), outputs["heatmap"].numpy()
