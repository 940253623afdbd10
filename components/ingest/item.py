# SPDX-License-Identifier: Apache-2.0
"""One raw item as every reader gives it, and the portion that is read at once."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from components.contracts.items import (
    COLUMNS,
    NUMERIC_FEATURES,
    TEXT_COLUMNS,
    TEXT_NUMERIC_FEATURES,
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of items that one worker reads; small enough for memory.

    Attributes:
        index: Place among the chunks. Items sorted by chunk, then as read, are sorted
            by item_id.
        part: Which part of the raw files, as the reader calls it: "train".
        start: First item inside the part.
        count: Number of items.
    """

    index: int
    part: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """One raw item, sound or faulty.

    Attributes:
        item_id: Stable name inside the data set: "train/00042".
        label: Class name, or what was read in its place.
        official_split: "train" or "test" as the publisher says, "" if nothing.
        image: Bytes as the examples hold them: raw pixels, or an encoded picture.
        width: Width in pixels.
        height: Height in pixels.
        channels: Number of channels.
        mean: Mean of the pixels, scale 0-255.
        std: Standard deviation of the pixels.
        content_sha256: Checksum over shape and decoded pixels.
        thumbnail: Picture for reports: raw grey pixels, or an encoded picture.
        fault: Why the item must not be used, "" for a sound one.
        look: Hash of how a picture looks, alike for near duplicates; "" for no hash.
        kin: What it belongs with by name, a patient for one; "" if nothing.
        conversion: What was done to the raw bytes; "" if nothing.
    """

    item_id: str
    label: str
    official_split: str
    image: bytes
    width: int
    height: int
    channels: int
    mean: float
    std: float
    content_sha256: str
    thumbnail: bytes
    fault: str = ""
    look: str = ""
    kin: str = ""
    conversion: str = ""

    columns: ClassVar[dict[str, str]] = COLUMNS
    features: ClassVar[tuple[str, ...]] = (
        *("image", "label", "item_id"),
        *NUMERIC_FEATURES,
    )


@dataclass(frozen=True, slots=True)
class TextItem:
    """One paragraph of a text, sound or faulty.

    Attributes:
        item_id: Chapter and paragraph: "09/0031".
        label: The chapter.
        text: The paragraph, its lines joined.
        position: Place in the reading order, from 0.
        place: Part of the text's tokens that come before it, 0 to below 1.
        num_characters: Length of the text.
        num_words: Its tokens.
        content_sha256: Checksum over the text.
        fault: Why the item must not be used, "" for a sound one.
    """

    item_id: str
    label: str
    text: str
    position: int
    place: float
    num_characters: int
    num_words: int
    content_sha256: str
    fault: str = ""
    official_split: str = ""

    columns: ClassVar[dict[str, str]] = TEXT_COLUMNS
    features: ClassVar[tuple[str, ...]] = (
        *("text", "label", "item_id"),
        *TEXT_NUMERIC_FEATURES,
    )


AnyItem = Item | TextItem


def content_sha256(shape: tuple[int, int, int], pixels: bytes) -> str:
    """Name a picture by what it shows, however it was encoded.

    Args:
        shape: Height, width, channels.
        pixels: Decoded uint8 pixels in that order.
    """
    header = "x".join(map(str, shape)).encode()
    return hashlib.sha256(header + b":" + pixels).hexdigest()
