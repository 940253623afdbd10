# SPDX-License-Identifier: Apache-2.0
"""Facts about photographs that a model may depend on without anybody wanting it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

# Sides of the picture that colour is measured on, and of one in a report.
_COLOUR_SIDE: Final = 32
REPORT_SIDE: Final = 200


@dataclass(frozen=True)
class PhotoFacts:
    """What one photograph is like, whatever it shows.

    Attributes:
        pixels: Width times height.
        brightness: Mean of the pixels, scale 0-255.
        cast: `green`, `brown` or `neutral`: the colour that lies over all of it.
    """

    pixels: int
    brightness: float
    cast: str


def photo_facts(serialized: Sequence[bytes]) -> list[PhotoFacts]:
    """Facts about the photographs of some tf.Examples."""
    import tensorflow as tf

    spec = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "width": tf.io.FixedLenFeature([], tf.int64),
        "height": tf.io.FixedLenFeature([], tf.int64),
        "mean": tf.io.FixedLenFeature([], tf.float32),
    }
    parsed = {k: v.numpy() for k, v in tf.io.parse_example(serialized, spec).items()}
    areas = parsed["width"] * parsed["height"]
    columns = zip(areas, parsed["mean"], parsed["image"], strict=True)
    return [PhotoFacts(int(a), float(m), _cast(image)) for a, m, image in columns]


def encoded_images(serialized: Sequence[bytes]) -> list[bytes]:
    """The encoded photographs of some tf.Examples."""
    import tensorflow as tf

    spec = {"image": tf.io.FixedLenFeature([], tf.string)}
    return list(tf.io.parse_example(serialized, spec)["image"].numpy())


def report_picture(encoded: bytes) -> bytes:
    """A photograph as small as a report needs it, as JPEG."""
    buffer = io.BytesIO()
    _opened(encoded, REPORT_SIDE).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()


def _cast(encoded: bytes) -> str:
    """The colour over all of a picture, from the means of its channels."""
    pixels = np.asarray(_opened(encoded, _COLOUR_SIDE), np.float64)
    red, green, blue = pixels.mean(axis=(0, 1)) + 1e-6
    if green > 1.1 * red and green > 1.1 * blue:
        return "green"
    if red > green > 1.6 * blue:
        return "brown"
    return "neutral"


def _opened(encoded: bytes, side: int) -> Any:
    from PIL import Image

    file = Image.open(io.BytesIO(encoded))
    # JPEG decodes at a fraction of its size for a fraction of the time.
    file.draft("RGB", (side, side))
    image = file.convert("RGB")
    image.thumbnail((side, side))
    return image
