# SPDX-License-Identifier: Apache-2.0
"""The interface of a reader, and the way to the reader of a data set.

A reader is a module with three functions, as `readers/mnist.py` shows. It is named by
the key `reader` of the source list, or is `components.ingest.readers.<dataset>`, or
else the one that reads any data of its modality, `READERS_BY_MODALITY`. A reader with
`GROUPS_NEAR_DUPLICATES = True` has its items grouped by perceptual hash and by
`group_key` before they are split.
"""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from components.contracts.modality import ModalityName
from components.core.errors import UsageError
from components.ingest.item import Chunk, Item
from components.ingest.source_list import READERS, SourceList

READERS_BY_MODALITY: Final[Mapping[ModalityName, str]] = {
    "image": f"{READERS}.idx",
    "photograph": f"{READERS}.pictures",
    "text": f"{READERS}.texts",
    "table": f"{READERS}.table",
    "ratings": f"{READERS}.ratings",
}


class Reader(Protocol):
    """The functions of a reader module."""

    def check_files(self, raw_dir: Path) -> None:
        """Check that the raw files can be read at all; raise DataRefused if not."""

    def list_chunks(self, raw_dir: Path) -> list[Chunk]:
        """Cut the data set into chunks, in the order of item_id."""

    def read_chunk(self, raw_dir: Path, chunk: Chunk) -> Sequence[Item]:
        """Read one chunk in the order of item_id; mark a faulty item, never raise."""


def find_reader(source_list: SourceList) -> str:
    """Return the import path of a data set's reader, without importing it.

    Raises:
        UsageError: There is no such module.
    """
    module = source_list.reader
    if not module:
        own = f"{READERS}.{source_list.dataset}"
        return own if _exists(own) else READERS_BY_MODALITY[source_list.modality]
    if not _exists(module):
        raise UsageError(
            f"{source_list.path}.reader: expected the import path of a module.\n"
            f"Received {module!r}, which does not exist. Leave the key out for the "
            f"reader of the modality {source_list.modality!r}."
        )
    return module


def load_reader(module: str) -> Reader:
    """Import a reader.

    Args:
        module: What `find_reader` returned.
    """
    return cast(Reader, importlib.import_module(module))


def groups_near_duplicates(reader: Reader) -> bool:
    """Whether the items of a reader are grouped before they are split."""
    return bool(getattr(reader, "GROUPS_NEAR_DUPLICATES", False))


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # A package above it is missing.
        return False
