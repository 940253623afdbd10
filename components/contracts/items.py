# SPDX-License-Identifier: Apache-2.0
"""What steps share: item table columns, example features, facts about a data set.

The item table has one row per raw item, faulty ones included. The examples hold only
sound items. Steps never import each other; what they must agree on stands here.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from components.contracts.evaluation_facts import EvaluationFacts

SPLITS: Final = ("train", "validation", "test")
TABLE_FILE: Final = "items.parquet"

JPEG_SIGNATURE: Final = b"\xff\xd8\xff"
# Ingest writes this, and what was done, into photographs whose bytes it had to change.
CONVERTED_COMMENT: Final = "converted at ingest: "

# Features of the raw tf.Examples.
IMAGE: Final = "image"
LABEL: Final = "label"
ITEM_ID: Final = "item_id"
NUMERIC_FEATURES: Final = ("mean", "std", "width", "height")

# Features of a raw text; one example is one paragraph.
TEXT: Final = "text"
TEXT_NUMERIC_FEATURES: Final = ("num_characters", "num_words")

# Features that Transform adds to a text: its tokens, and their numbers. Known ones are
# numbered from 1, unknown ones are 0. The vocabulary file has the second name.
TOKENS: Final = "tokens"
WORDS: Final = "words"

# A token of a text in lower case: a word with its apostrophes, a dash, or one mark.
# Written for both regular-expression libraries, TensorFlow's and Python's.
_LETTERS: Final = "a-z\u00e0-\u00f6\u00f8-\u00ff"
TOKEN_PATTERN: Final = f"[{_LETTERS}]+(?:'[{_LETTERS}]+)*|--|[^\\s{_LETTERS}]"

# Feature that Transform adds: inverse class share on the training split.
LABEL_WEIGHT: Final = "label_weight"

# Columns of the item table with their pandas types.
COLUMNS: Final[dict[str, str]] = {
    "item_id": "string",  # stable name inside the data set: "train/00042"
    "split": "string",  # one of SPLITS
    "official_split": "string",  # what the publisher calls it, "" if nothing
    "label": "string",  # class name, "" where it could not be read
    "group": "string",  # items of one group never straddle our own splits
    "content_sha256": "string",  # over shape and decoded pixels
    "width": "int32",
    "height": "int32",
    "channels": "int32",
    "mean": "float32",  # of the pixels, scale 0-255
    "std": "float32",
    "fault": "string",  # "" for a sound item, else the reason it is left out
    "conversion": "string",  # what Ingest did to the raw bytes, "" if nothing
    "look": "string",  # hash of how a picture looks, "" where it was not computed
    "thumbnail": "object",  # bytes: an encoded picture, or raw uint8 grey pixels
}

# The same for texts: one row per paragraph.
TEXT_COLUMNS: Final[dict[str, str]] = {
    "item_id": "string",  # chapter and paragraph: "09/0031"
    "split": "string",
    "official_split": "string",
    "label": "string",  # the chapter
    "group": "string",  # empty: a text is cut by place, not by group
    "content_sha256": "string",  # over the text
    "position": "int32",  # place in the reading order
    "num_characters": "int32",
    "num_words": "int32",  # tokens: words and marks
    "text": "string",
    "fault": "string",
}


@dataclass(frozen=True)
class DatasetFacts:
    """The data set, as the graph describes it."""

    name: str
    """Name of the data set."""

    classes: tuple[str, ...]
    """Class names in the order of their indices; empty where there are none."""

    image_shape: tuple[int, ...]
    """Height, width and channels; empty where images differ, or are none."""

    encoding: str
    """How the bytes of an image are encoded."""

    content_sha256: str
    """Hash over the raw files."""

    dvc_md5: str
    """The address DVC gives the raw files."""

    variant: str
    """Variant of the data set."""

    evaluation: EvaluationFacts = field(default_factory=EvaluationFacts)
    """What only an evaluation uses."""

    @property
    def has_photographs(self) -> bool:
        """Whether the images are encoded, and differ in size."""
        return self.encoding in ("jpeg", "png")


def consecutive(item_ids: Sequence[str]) -> list[list[int]]:
    """Group the paragraphs of a text that follow each other without a gap.

    Args:
        item_ids: Chapter and paragraph of each, as in `09/0031`, in any order.

    Returns:
        Indices into `item_ids` in reading order, a list for each stretch.
    """
    places = [tuple(map(int, item_id.rsplit("/", 2)[-2:])) for item_id in item_ids]
    stretches: list[list[int]] = []
    for index in sorted(range(len(places)), key=places.__getitem__):
        chapter, paragraph = places[index]
        if stretches and places[stretches[-1][-1]] == (chapter, paragraph - 1):
            stretches[-1].append(index)
        else:
            stretches.append([index])
    return stretches


def read_item_table(uri: str, columns: list[str] | None = None) -> Any:
    """Read an ItemTable artifact as a pandas DataFrame.

    Args:
        uri: Folder of the artifact.
        columns: Columns wanted. Defaults to all but `thumbnail`, which is large.
    """
    import pandas
    from pyarrow import parquet

    file = Path(uri) / TABLE_FILE
    names = columns or parquet.read_schema(file).names
    wanted = [name for name in names if columns or name != "thumbnail"]
    return pandas.read_parquet(file, columns=wanted)


def thumbnail_png(thumbnail: bytes, width: int, height: int) -> bytes:
    """Give the picture of an item as PNG bytes.

    Args:
        thumbnail: What the item table holds: raw grey pixels (exactly
            `width * height` bytes), or any encoding that Pillow reads.
        width: Width of the item in pixels.
        height: Height of the item in pixels.
    """
    from PIL import Image

    is_encoded = thumbnail.startswith(JPEG_SIGNATURE)
    if len(thumbnail) == width * height and not is_encoded:
        image = Image.frombytes("L", (width, height), thumbnail)
    else:
        image = Image.open(io.BytesIO(thumbnail))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
