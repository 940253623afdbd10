# SPDX-License-Identifier: Apache-2.0
"""What a user offers: the modality of a data set, found by its files."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from components.contracts.modality import ModalityName
from components.core.errors import DataRefused
from components.core.shortening import enumerate_names
from components.ingest.fetch.offered import Offered
from components.ingest.fetch.own_files import is_text
from components.ingest.formats.idx import is_idx
from components.ingest.formats.pictures import is_picture
from components.ingest.formats.tables import SUFFIXES as TABLE_SUFFIXES

# Fewer cannot be split into three.
FEWEST_ITEMS: Final = 30
_MANY_TEXTS: Final = 5
_WANTED: Final = (
    "a folder with a folder of pictures for each class, pictures with a CSV of their "
    "classes, IDX files, texts, or a table as CSV, TSV or Parquet"
)


def find_modality(files: Sequence[Offered]) -> ModalityName:
    """Find what the items of offered files are.

    Of several kinds the others describe one: pictures come before tables, tables before
    texts, unless they are few.

    Args:
        files: The files.

    Raises:
        DataRefused: They are nothing that can be read; the message says what can.
    """
    sound = [file for file in files if not file.fault]
    if not sound:
        reason = (
            f" that can be read: {files[0].name}, {files[0].fault}" if files else ""
        )
        raise DataRefused(f"expected {_WANTED}.\nReceived no file{reason}.")
    if all(file.size == 0 for file in sound):
        raise DataRefused(f"expected {_WANTED}.\nReceived empty files alone.")
    counts: dict[ModalityName, int] = {
        "image": sum(map(_is_idx, sound)),
        "photograph": sum(map(_is_picture, sound)),
        "table": sum(map(_is_table, sound)),
        "text": sum(map(is_text, sound)),
    }
    # A few pictures show what is in a table, a few texts say it, and one table lists
    # many texts.
    if counts["table"] and counts["photograph"] < FEWEST_ITEMS:
        counts["photograph"] = 0
    if counts["text"] > _MANY_TEXTS * counts["table"]:
        counts["table"] = 0
    if found := next((name for name, count in counts.items() if count), None):
        return found
    names = enumerate_names(file.name for file in sound[:5])
    raise DataRefused(f"expected {_WANTED}.\nReceived {names}.")


def _is_idx(file: Offered) -> bool:
    name = file.name.lower()
    return "idx" in name and (name.endswith(".gz") or is_idx(file.start()))


def _is_picture(file: Offered) -> bool:
    return is_picture(file.name, b"")


def _is_table(file: Offered) -> bool:
    return _suffix(file) in TABLE_SUFFIXES


def _suffix(file: Offered) -> str:
    name = file.name.lower()
    # A packed table is a table; so are IDX files, which `_is_idx` knows.
    return PurePosixPath(name.removesuffix(".gz")).suffix
