# SPDX-License-Identifier: Apache-2.0
"""Images of a split, and conversion between uint8 and floats from 0 to 1."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.examples import ExampleSplit

_WHITE: Final = 255.0


def to_pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert uint8 images to float32 from 0 to 1."""
    pixels: NDArray[np.float32] = images.astype(np.float32) / np.float32(_WHITE)
    return pixels


def to_images(pixels: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Convert floats to uint8 images; values beyond 0 and 1 are clipped."""
    images: NDArray[np.uint8] = (
        (pixels.clip(0.0, 1.0) * _WHITE).round().astype(np.uint8)
    )
    return images


def read_split(examples: ExampleSplit) -> NDArray[np.uint8]:
    """Read all images of a split: uint8 (n, height, width, channels)."""
    return np.concatenate([examples.pixels(b.serialized) for b in examples.batches()])
