# SPDX-License-Identifier: Apache-2.0
"""Metadata of photographs that a classifier may depend on though it should not."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import tensorflow as tf
from PIL import Image

from components.contracts.features import CONVERTED_COMMENT
from components.images.thumbnails import open_thumbnail

# Longer side of the thumbnail that the colour cast is measured on.
_COLOUR_SIDE: Final = 32
# Ingest leaves out a shorter side of a few pixels, validation refuses one flat colour.
_NEARLY_TOO_SMALL: Final = 64
_NEARLY_FLAT: Final = 16.0


@dataclass(frozen=True)
class PhotoMetadata:
    """Properties of one photograph, independent of its content."""

    pixels: int
    """Width times height."""

    brightness: float
    """Mean of the pixels, scale 0-255."""

    colour_cast: str
    """Colour over the whole picture: `green`, `brown` or `neutral`."""

    near_rejection: str
    """What nearly excluded it: `converted` (ingest had to change its bytes), `nearly
    too small`, `nearly one colour`, or `none`."""


def read_photo_metadata(serialized: Sequence[bytes]) -> list[PhotoMetadata]:
    """Read the metadata of photographs from tf.Examples.

    Args:
        serialized: tf.Examples as Ingest writes them.
    """
    spec = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "width": tf.io.FixedLenFeature([], tf.int64),
        "height": tf.io.FixedLenFeature([], tf.int64),
        "mean": tf.io.FixedLenFeature([], tf.float32),
        "std": tf.io.FixedLenFeature([], tf.float32),
    }
    parsed = tf.io.parse_example(serialized, spec)
    columns = (parsed[name].numpy().tolist() for name in spec)
    return [_metadata(*values) for values in zip(*columns, strict=True)]


def encoded_images(serialized: Sequence[bytes]) -> list[bytes]:
    """Read the encoded photographs from tf.Examples."""
    spec = {"image": tf.io.FixedLenFeature([], tf.string)}
    return list(tf.io.parse_example(serialized, spec)["image"].numpy())


def _metadata(
    encoded: bytes, width: int, height: int, mean: float, std: float
) -> PhotoMetadata:
    near_rejection = "none"
    if _comment(encoded).startswith(CONVERTED_COMMENT):
        near_rejection = "converted"
    elif min(width, height) < _NEARLY_TOO_SMALL:
        near_rejection = "nearly too small"
    elif std < _NEARLY_FLAT:
        near_rejection = "nearly one colour"
    return PhotoMetadata(width * height, mean, _colour_cast(encoded), near_rejection)


def _comment(encoded: bytes) -> str:
    """The comment in a JPEG's header; empty if there is none."""
    comment = Image.open(io.BytesIO(encoded)).info.get("comment", b"")
    return bytes(comment).decode("utf-8", "replace")


def _colour_cast(encoded: bytes) -> str:
    """The colour over the whole picture, from the means of its channels."""
    pixels = np.asarray(open_thumbnail(encoded, _COLOUR_SIDE), np.float64)
    red, green, blue = pixels.mean(axis=(0, 1)) + 1e-6
    if green > 1.1 * red and green > 1.1 * blue:
        return "green"
    if red > green > 1.6 * blue:
        return "brown"
    return "neutral"
