# SPDX-License-Identifier: Apache-2.0
"""Spilling of items to disk between the two passes of Ingest.

So memory holds one chunk per worker, not the data set.
"""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.ingest.beam.assign import group_keys
from components.ingest.beam.duplicate_groups import GroupKeys
from components.ingest.item import Item


@dataclass(frozen=True)
class SpilledChunk:
    """A chunk on disk whose items are not yet split."""

    index: int
    """Number of the chunk in the order of items."""

    path: Path
    """File of the items."""

    keys: tuple[GroupKeys, ...]
    """Keys by which its sound items are grouped."""


def spill_chunk(index: int, items: Sequence[Item], path: Path) -> SpilledChunk:
    """Write the items of a chunk to a file of this run.

    Args:
        index: Number of the chunk.
        items: Its items.
        path: The file; it is removed with the folder of all parts.
    """
    with path.open("wb") as stream:
        pickle.dump(list(items), stream, pickle.HIGHEST_PROTOCOL)
    keys = tuple(group_keys(item) for item in items if not item.fault)
    return SpilledChunk(index, path, keys)


def read_spilled(chunk: SpilledChunk) -> list[Item]:
    """Read the items that `spill_chunk` wrote."""
    with chunk.path.open("rb") as stream:
        items: list[Item] = pickle.load(stream)
    return items
