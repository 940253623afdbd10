# SPDX-License-Identifier: Apache-2.0
"""Modalities: what an item of a data set is, for every step that handles items.

The key `modality` of a source list names one. The steps ask the record instead of
looking at bytes, shapes or columns; a new modality is one more record here and one
more class of items in `components.ingest.item`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from components.contracts.features import (
    IMAGE,
    ITEM,
    ITEM_ID,
    LABEL,
    TARGET,
    TEXT,
    TIME,
    TITLE,
    USER,
)
from components.contracts.table_layout import TableLayout

ModalityName = Literal["image", "photograph", "text", "table", "ratings"]

# Columns of the item table, with their pandas types; one row per raw item, faulty ones
# included.
_ITEM_COLUMNS: Final = {
    "item_id": "string",  # stable name inside the data set: "train/00042"
    "split": "string",  # one of SPLITS
    "official_split": "string",  # the publisher's split, "" if there is none
    "label": "string",  # class name, "" where it could not be read
    "group": "string",  # items of one group get the same split
    "content_sha256": "string",  # "" where the content cannot be read
}


@dataclass(frozen=True)
class Picture:
    """How an item is a picture, in files and on pages."""

    is_encoded: bool
    """The bytes are a JPEG or PNG file, of any size; else raw uint8 pixels of the data
    set's one size."""

    suffix: str
    """Suffix of a picture file that a page shows."""

    page_size: int
    """Size on a page in CSS pixels."""


@dataclass(frozen=True, kw_only=True)
class Modality:
    """What an item is: its features, its columns, and how it is shown and split."""

    name: ModalityName
    """Value of the key `modality` in source lists."""

    content: str
    """Feature of a tf.Example that holds the item itself; "" where its columns do."""

    tfdv_domain: str
    """Domain of that feature in a schema of TensorFlow Metadata; "" without one."""

    numeric_features: tuple[str, ...]
    """Features that describe the item in numbers."""

    category_features: tuple[str, ...] = ()
    """Features that describe the item by a text of a vocabulary."""

    answer: str = LABEL
    """Feature that a model learns to predict: `label`, a text, or `target`, a
    number."""

    may_miss: bool = False
    """Whether an example may lack numeric features and categories."""

    columns: Mapping[str, str]
    """Columns of the item table with their pandas types."""

    split_by: Literal["group", "position", "time"]
    """`group`: items of a group share a split; `position`: a split is one block of
    consecutive items; `time`: the last items of each user are for testing."""

    examples_at_once: int
    """Examples that are read at once; photographs may take megabytes each."""

    picture: Picture | None = None
    """How an item is shown as a picture; None if it is not."""

    text: str = ""
    """Column of the item table that is shown as text; "" if none is."""

    takes_preprocessing: bool = True
    """Whether a preprocessing function of the user's own may change items; raw pixels
    reach the network without Transform in some signatures."""

    input: str
    """What the caller of a model has in hand, in words: `picture files`."""

    @property
    def features(self) -> tuple[str, ...]:
        """Features of a tf.Example that Ingest writes."""
        return (*self._content, self.answer, ITEM_ID, *self.described_features)

    @property
    def described_features(self) -> tuple[str, ...]:
        """Numeric features and categories."""
        return (*self.numeric_features, *self.category_features)

    @property
    def statistics_features(self) -> tuple[str, ...]:
        """Features that StatisticsGen describes."""
        # Without the identifier: counting 70,000 distinct values adds a quarter to the
        # cost.
        return (*self._content, self.answer, *self.described_features)

    @property
    def _content(self) -> tuple[str, ...]:
        return (self.content,) if self.content else ()

    @property
    def has_one_image_shape(self) -> bool:
        """Whether items are raw pixels, all of one shape."""
        return self.picture is not None and not self.picture.is_encoded

    @property
    def has_encoded_pictures(self) -> bool:
        """Whether items are picture files, each of its own size."""
        return self.picture is not None and self.picture.is_encoded


_IMAGE: Final = Modality(
    name="image",
    content=IMAGE,
    tfdv_domain="image_domain",
    numeric_features=("mean", "std", "width", "height"),
    columns={
        **_ITEM_COLUMNS,  # the checksum is over shape and decoded pixels
        "width": "int32",
        "height": "int32",
        "channels": "int32",
        "mean": "float32",  # of the pixels, scale 0-255
        "std": "float32",
        "fault": "string",  # "" for a sound item, else the reason it is left out
        "conversion": "string",  # how Ingest converted the raw bytes, "" if it did not
        "perceptual_hash": "string",  # in hex, "" where it was not computed
        "thumbnail": "object",  # bytes: raw uint8 pixels, or a JPEG of a photograph
    },
    split_by="group",
    examples_at_once=4096,
    picture=Picture(is_encoded=False, suffix="png", page_size=56),
    takes_preprocessing=False,
    input="picture files",
)

MODALITIES: Final[Mapping[str, Modality]] = {
    "image": _IMAGE,
    "photograph": replace(
        _IMAGE,
        name="photograph",
        # A photograph, and its activations in a deep network, may take megabytes.
        examples_at_once=32,
        picture=Picture(is_encoded=True, suffix="jpg", page_size=96),
        takes_preprocessing=True,
    ),
    # One item per paragraph; its label is the part of the whole that it is from.
    "text": Modality(
        name="text",
        content=TEXT,
        tfdv_domain="natural_language_domain",
        numeric_features=("num_characters", "num_words"),
        columns={
            **_ITEM_COLUMNS,  # the checksum is over the text
            "position": "int32",  # index in reading order
            "num_characters": "int32",
            "num_words": "int32",  # tokens: words and punctuation marks
            "text": "string",
            "fault": "string",
        },
        split_by="position",
        examples_at_once=4096,
        text="text",
        input="the beginning of a text",
    ),
    # One item per row; `find_modality` adds the columns of its table.
    "table": Modality(
        name="table",
        content="",
        tfdv_domain="",
        numeric_features=(),
        may_miss=True,
        columns={**_ITEM_COLUMNS, "fault": "string"},  # the checksum is over the row
        split_by="group",
        examples_at_once=4096,
        input="rows as JSON, or files of rows as CSV",
    ),
    # One item per rating; the checksum is over user and rated item.
    "ratings": Modality(
        name="ratings",
        content="",
        tfdv_domain="",
        numeric_features=(TIME,),
        category_features=(USER, ITEM, TITLE),
        answer=TARGET,
        columns={
            **_ITEM_COLUMNS,
            USER: "string",
            ITEM: "string",
            TITLE: "string",
            TIME: "int64",
            TARGET: "float64",
            "fault": "string",
        },
        split_by="time",
        examples_at_once=4096,
        takes_preprocessing=False,
        input="ratings as JSON, files of ratings as CSV, or a user",
    ),
}


def find_modality(name: ModalityName, table: TableLayout | None = None) -> Modality:
    """Return the modality of a data set: for a table with its columns.

    Args:
        name: Name of the modality.
        table: Columns of the data set, for a table alone.
    """
    modality = MODALITIES[name]
    if table is None:
        return modality
    columns = {
        **modality.columns,
        **dict.fromkeys(table.numbers, "float64"),
        **dict.fromkeys(table.categories, "string"),
    }
    return replace(
        modality,
        numeric_features=table.numbers,
        category_features=table.categories,
        answer=TARGET if table.is_regression else LABEL,
        columns={**columns, TARGET: "float64"} if table.is_regression else columns,
    )
