# SPDX-License-Identifier: Apache-2.0
"""One raw item as every reader gives it, and the portion that is read at once."""

import hashlib
from dataclasses import dataclass


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


def content_sha256(shape: tuple[int, int, int], pixels: bytes) -> str:
    """Name a picture by what it shows, however it was encoded.

    Args:
        shape: Height, width, channels.
        pixels: Decoded uint8 pixels in that order.
    """
    header = "x".join(map(str, shape)).encode()
    return hashlib.sha256(header + b":" + pixels).hexdigest()
