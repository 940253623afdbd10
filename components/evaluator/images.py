# SPDX-License-Identifier: Apache-2.0
"""Images in uint8, as models take and give them, and pixels in floats from 0 to 1."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit

_WHITE: Final = 255.0


def to_pixels(images: "NDArray[Any]") -> "NDArray[Any]":
    """uint8 images as float32 from 0 to 1."""
    import numpy as np

    pixels: NDArray[Any] = images.astype(np.float32) / np.float32(_WHITE)
    return pixels


def to_images(pixels: "NDArray[Any]") -> "NDArray[Any]":
    """Floats as uint8 images; what lies beyond 0 and 1 is cut off."""
    import numpy as np

    images: NDArray[Any] = (pixels.clip(0.0, 1.0) * _WHITE).round().astype(np.uint8)
    return images


def read_split(examples: "ExampleSplit") -> "NDArray[Any]":
    """All images of a split: uint8 (n, height, width, channels)."""
    import numpy as np

    return np.concatenate([examples.pixels(b.serialized) for b in examples.batches()])
