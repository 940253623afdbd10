# SPDX-License-Identifier: Apache-2.0
"""Where a classifier of photographs looks: Grad-CAM, drawn over the picture."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import EXPLAIN, IMAGES

if TYPE_CHECKING:
    from components.serving.saved_model import ServedModel

# Share of a picture's own light that stays where the model does not look.
_DIMMED: Final = 0.35
_HOT: Final = np.array([255.0, 96.0, 0.0])


def explain(
    model: "ServedModel", encoded: Sequence[bytes]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Ask a model what its answers rest on.

    Args:
        model: An exported classifier of photographs.
        encoded: Bytes of picture files.

    Returns:
        The pictures as the model sees them, uint8 (n, h, w, 3), and how much each place
        speaks for the answer, float32 (n, rows, columns) from 0 to 1.
    """
    import tensorflow as tf

    answers = model.signature(EXPLAIN)(encoded=tf.constant(list(encoded)))
    return answers[IMAGES].numpy(), answers["heatmap"].numpy()


def overlay(image: NDArray[Any], heatmap: NDArray[Any]) -> bytes:
    """A picture that is bright and reddish where the model looks, as JPEG.

    Args:
        image: uint8 (height, width, 3).
        heatmap: 0 to 1, (rows, columns).
    """
    from PIL import Image

    size = (image.shape[1], image.shape[0])
    heat = Image.fromarray((heatmap * 255).astype(np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    strength = np.asarray(heat, np.float64)[..., np.newaxis] / 255
    light = image * (_DIMMED + (1 - _DIMMED) * strength)
    mixed = (1 - 0.35 * strength) * light + 0.35 * strength * _HOT
    buffer = io.BytesIO()
    Image.fromarray(mixed.clip(0, 255).astype(np.uint8)).save(
        buffer, format="JPEG", quality=80
    )
    return buffer.getvalue()
