# SPDX-License-Identifier: Apache-2.0
"""The items that readers give, and the chunks in which they read them."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from components.contracts.features import NUMERIC_FEATURES, TEXT_NUMERIC_FEATURES
from components.contracts.item_columns import COLUMNS, TEXT_COLUMNS


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of items that one worker reads; small enough for memory."""

    index: int
    """Number of the chunk. Items sorted by chunk, then as read, are sorted by
    item_id."""

    part: str
    """Part of the raw files, as the reader names it: "train"."""

    start: int
    """First item inside the part."""

    count: int
    """Number of items."""


@dataclass(frozen=True, slots=True)
class Item:
    """One image, sound or faulty."""

    item_id: str
    """Stable name inside the data set: "train/00042"."""

    label: str
    """Class name, or what was read in its place."""

    official_split: str
    """The publisher's split, "train" or "test"; "" if there is none."""

    image: bytes
    """Bytes for the examples: raw pixels, or an encoded picture."""

    width: int
    """Width in pixels."""

    height: int
    """Height in pixels."""

    channels: int
    """Number of channels."""

    mean: float
    """Mean of the pixels, scale 0-255."""

    std: float
    """Standard deviation of the pixels."""

    content_sha256: str
    """Checksum over shape and decoded pixels."""

    thumbnail: bytes
    """Picture for reports: raw grey pixels, or an encoded picture."""

    fault: str = ""
    """Why the item is left out of the examples, "" for a sound one."""

    perceptual_hash: str = ""
    """Hash that is similar for near-duplicates, in hex; "" if not computed."""

    group_key: str = ""
    """Key that related items share, for instance a patient; "" if there is none."""

    conversion: str = ""
    """How the raw bytes were converted; "" if they were not."""

    columns: ClassVar[dict[str, str]] = COLUMNS
    features: ClassVar[tuple[str, ...]] = (
        *("image", "label", "item_id"),
        *NUMERIC_FEATURES,
    )


@dataclass(frozen=True, slots=True)
class TextItem:
    """One paragraph of a text, sound or faulty."""

    item_id: str
    """Chapter and paragraph: "09/0031"."""

    label: str
    """The chapter."""

    text: str
    """The paragraph, its lines joined."""

    position: int
    """Index in reading order, from 0."""

    preceding_share: float
    """Share of the text's tokens that precede it, 0 to below 1."""

    num_characters: int
    """Length of the paragraph."""

    num_words: int
    """Number of its tokens."""

    content_sha256: str
    """Checksum over the paragraph."""

    fault: str = ""
    """Why the item is left out of the examples, "" for a sound one."""

    official_split: str = ""
    """The publisher's split; a text has none."""

    columns: ClassVar[dict[str, str]] = TEXT_COLUMNS
    features: ClassVar[tuple[str, ...]] = (
        *("text", "label", "item_id"),
        *TEXT_NUMERIC_FEATURES,
    )


AnyItem = Item | TextItem


def pixels_sha256(shape: tuple[int, int, int], pixels: bytes) -> str:
    """Compute the checksum of an image that does not depend on its encoding.

    Args:
        shape: Height, width, channels.
        pixels: Decoded uint8 pixels, flattened from (height, width, channels).
    """
    header = "x".join(map(str, shape)).encode()
    return hashlib.sha256(header + b":" + pixels).hexdigest()
