# SPDX-License-Identifier: Apache-2.0
"""Facts about photographs that a model may depend on without anybody wanting it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from components.contracts.features import CONVERTED_COMMENT

# Sides of the picture that colour is measured on, and of one in a report.
_COLOUR_SIDE: Final = 32
REPORT_SIDE: Final = 200
# Ingest leaves out a shorter side below 16 pixels, validation refuses one flat colour.
_NEARLY_TOO_SMALL: Final = 64
_NEARLY_FLAT: Final = 16.0


@dataclass(frozen=True)
class PhotoFacts:
    """What one photograph is like, whatever it shows.

    Attributes:
        pixels: Width times height.
        brightness: Mean of the pixels, scale 0-255.
        cast: `green`, `brown` or `neutral`: the colour that lies over all of it.
        doubt: What nearly kept it out: `converted` (its bytes could not be used as they
            were), `nearly too small`, `nearly one colour`, or `none`.
    """

    pixels: int
    brightness: float
    cast: str
    doubt: str


def photo_facts(serialized: Sequence[bytes]) -> list[PhotoFacts]:
    """Facts about the photographs of some tf.Examples."""
    import tensorflow as tf

    spec = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "width": tf.io.FixedLenFeature([], tf.int64),
        "height": tf.io.FixedLenFeature([], tf.int64),
        "mean": tf.io.FixedLenFeature([], tf.float32),
        "std": tf.io.FixedLenFeature([], tf.float32),
    }
    parsed = tf.io.parse_example(serialized, spec)
    columns = (parsed[name].numpy().tolist() for name in spec)
    return [_facts(*values) for values in zip(*columns, strict=True)]


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


def _facts(
    encoded: bytes, width: int, height: int, mean: float, std: float
) -> PhotoFacts:
    doubt = "none"
    if _comment(encoded).startswith(CONVERTED_COMMENT):
        doubt = "converted"
    elif min(width, height) < _NEARLY_TOO_SMALL:
        doubt = "nearly too small"
    elif std < _NEARLY_FLAT:
        doubt = "nearly one colour"
    return PhotoFacts(width * height, mean, _cast(encoded), doubt)


def _comment(encoded: bytes) -> str:
    """The comment that a JPEG may carry."""
    from PIL import Image

    comment = Image.open(io.BytesIO(encoded)).info.get("comment", b"")
    return bytes(comment).decode("utf-8", "replace")


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
