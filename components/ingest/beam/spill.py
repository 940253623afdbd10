# SPDX-License-Identifier: Apache-2.0
"""Items between the two passes of Ingest: on disk, so that memory holds one chunk."""

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.ingest.beam.near_duplicates import Kinship, Tie, find_kinship
from components.ingest.beam.split import is_official_test
from components.ingest.item import Item


@dataclass(frozen=True)
class Draft:
    """A chunk that was read, its items not yet split.

    Attributes:
        index: Place of the chunk in the order of items.
        path: File of the items.
        ties: What may tie its sound items to others.
    """

    index: int
    path: Path
    ties: tuple[Tie, ...]


def keep_draft(index: int, items: Sequence[Item], path: Path) -> Draft:
    """Write the items of a chunk to a file of this run, and note their ties."""
    with path.open("wb") as stream:
        pickle.dump(list(items), stream, pickle.HIGHEST_PROTOCOL)
    return Draft(index, path, tuple(_tie(item) for item in items if not item.fault))


def read_draft(draft: Draft) -> list[Item]:
    """Read back what `keep_draft` wrote; the file goes with the folder of all parts."""
    with draft.path.open("rb") as stream:
        items: list[Item] = pickle.load(stream)
    return items


def kinship_of(drafts: Iterable[Draft]) -> Kinship:
    """The groups among the items of all chunks, whatever order these come in."""
    ordered = sorted(drafts, key=lambda draft: draft.index)
    return find_kinship([tie for draft in ordered for tie in draft.ties])


def _tie(item: Item) -> Tie:
    return Tie(
        item_id=item.item_id,
        content_sha256=item.content_sha256,
        look=item.look,
        kin=item.kin,
        is_test=is_official_test(item.official_split),
    )
