# SPDX-License-Identifier: Apache-2.0
"""Which module reads which data set.

A reader is a module with three functions: `check_files`, `list_chunks`, `read_chunk`;
`readers/mnist.py` shows them. One with `GROUPS_LOOKALIKES = True` has items grouped by
how they look and by `kin`, before they are split.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from components.core.errors import UsageError
from components.ingest.item import AnyItem, Chunk

READERS: Final = {
    "mnist": "components.ingest.readers.mnist",
    "alice": "components.ingest.readers.alice",
    "cats_dogs": "components.ingest.readers.cats_dogs",
    "cervix": "components.ingest.readers.cervix",
}


class Reader(Protocol):
    """What a reader module offers."""

    def check_files(self, raw_dir: Path) -> None:
        """Check that the raw files can be read at all; raise DataRefused if not."""

    def list_chunks(self, raw_dir: Path) -> list[Chunk]:
        """Cut the data set into portions, in the order of item_id."""

    def read_chunk(self, raw_dir: Path, chunk: Chunk) -> Sequence[AnyItem]:
        """Read one portion in the order of item_id; never raise for an item."""


def load_reader(dataset: str) -> Reader:
    """Import the reader of a data set.

    Raises:
        UsageError: There is none; the message lists those there are.
    """
    if dataset not in READERS:
        raise UsageError(
            f"no reader for data set {dataset!r}. There are readers for: "
            f"{', '.join(READERS)}. Add one to components/ingest/readers/registry.py."
        )
    return cast(Reader, importlib.import_module(READERS[dataset]))


def groups_lookalikes(reader: Reader) -> bool:
    """Whether the items of a reader are grouped before they are split."""
    return bool(getattr(reader, "GROUPS_LOOKALIKES", False))
