# SPDX-License-Identifier: Apache-2.0
"""Columns of the item table, which has one row per raw item, faulty ones included."""

from typing import Final

TABLE_FILE: Final = "items.parquet"

# Columns of images with their pandas types.
COLUMNS: Final[dict[str, str]] = {
    "item_id": "string",  # stable name inside the data set: "train/00042"
    "split": "string",  # one of SPLITS
    "official_split": "string",  # the publisher's split, "" if there is none
    "label": "string",  # class name, "" where it could not be read
    "group": "string",  # items of one group get the same split
    "content_sha256": "string",  # over shape and decoded pixels
    "width": "int32",
    "height": "int32",
    "channels": "int32",
    "mean": "float32",  # of the pixels, scale 0-255
    "std": "float32",
    "fault": "string",  # "" for a sound item, else the reason it is left out
    "conversion": "string",  # how Ingest converted the raw bytes, "" if it did not
    "perceptual_hash": "string",  # in hex, "" where it was not computed
    "thumbnail": "object",  # bytes: an encoded picture, or raw uint8 grey pixels
}

# Columns of texts: one row per paragraph.
TEXT_COLUMNS: Final[dict[str, str]] = {
    "item_id": "string",  # chapter and paragraph: "09/0031"
    "split": "string",
    "official_split": "string",
    "label": "string",  # the chapter
    "group": "string",  # empty: a text is cut by position, not by group
    "content_sha256": "string",  # over the text
    "position": "int32",  # index in reading order
    "num_characters": "int32",
    "num_words": "int32",  # tokens: words and punctuation marks
    "text": "string",
    "fault": "string",
}
