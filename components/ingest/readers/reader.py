# SPDX-License-Identifier: Apache-2.0
"""The interface of a reader, and the way to the reader of a data set.

A reader is a module with three functions, as `readers/mnist.py` shows. It is found by
its name, `components.ingest.readers.<dataset>`, or by the key `reader` of the source
list. A reader with `GROUPS_NEAR_DUPLICATES = True` has its items grouped by perceptual
hash and by `group_key` before they are split.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from components.core.errors import UsageError
from components.ingest.item import Chunk, Item
from components.ingest.source_list import SourceList


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
    module = source_list.reader_module
    if not _exists(module):
        raise UsageError(
            f"no reader for data set {source_list.dataset!r}: there is no module "
            f"{module}.\nWrite it as components/ingest/readers/mnist.py shows, or name "
            f"an existing one in {source_list.path} (`reader:`)."
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
