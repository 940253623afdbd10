# SPDX-License-Identifier: Apache-2.0
"""The items that readers give, and the chunks in which they read them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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

    offset: int = 0
    """Where the part is to be read from, in the reader's own terms: a byte, or a block.
    Defaults to its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a data set, sound or faulty; a subclass adds its content.

    The features and columns of its modality are attributes of the same names.
    """

    item_id: str
    """Stable name inside the data set: "train/00042"."""

    label: str
    """Class name, or what was read in its place."""

    content_sha256: str
    """Checksum over the content, whatever its encoding."""

    official_split: str = ""
    """The publisher's split, "train" or "test"; "" if there is none."""

    fault: str = ""
    """Why the item is left out of the examples, "" for a sound one."""

    perceptual_hash: str = ""
    """Hash that is similar for near-duplicates, in hex; "" if not computed."""

    group_key: str = ""
    """Key that related items share, for instance a patient; "" if there is none."""

    preceding_share: float = 0.0
    """Share of the data set before the item, 0 to below 1, where a modality is split by
    position."""

    def value(self, name: str) -> Any:
        """Value of a feature or column; None for a missing one.

        Raises:
            AttributeError: If the item has no such field.
        """
        return getattr(self, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageItem(Item):
    """One image or photograph; its checksum is over shape and decoded pixels."""

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

    thumbnail: bytes
    """Picture for reports: raw uint8 pixels, or a JPEG of a photograph."""

    conversion: str = ""
    """How the raw bytes were converted; "" if they were not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextItem(Item):
    """One paragraph of a text; its label is the part that it is from: a chapter."""

    text: str
    """The paragraph, its lines joined."""

    position: int
    """Index in reading order, from 0."""

    num_characters: int
    """Length of the paragraph."""

    num_words: int
    """Number of its tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableItem(Item):
    """One row of a table; its checksum is over its values without the target."""

    values: Mapping[str, float | str | None]
    """Feature -> value, a number or the text of a category; None for a missing one."""

    target: float | None = None
    """The number to be predicted; None where the target is a class."""

    def value(self, name: str) -> Any:
        """Value of a feature or column; None for a missing one."""
        return self.values[name] if name in self.values else getattr(self, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingItem(Item):
    """One rating; its checksum is over user and rated item."""

    user: str
    """Who rated."""

    item: str
    """What was rated."""

    title: str
    """What that is called; "" if it has no title."""

    time: int
    """When: seconds since 1970, or the number of the row."""

    target: float | None
    """The rating; None where it could not be read."""


def pixels_sha256(shape: tuple[int, int, int], pixels: bytes) -> str:
    """Compute the checksum of an image that does not depend on its encoding.

    Args:
        shape: Height, width, channels.
        pixels: Decoded uint8 pixels, flattened from (height, width, channels).
    """
    header = "x".join(map(str, shape)).encode()
    return hashlib.sha256(header + b":" + pixels).hexdigest()
