# SPDX-License-Identifier: Apache-2.0
"""The items of a data set with their splits, read for a look: no artifact is written.

The splits are those of Ingest, by the same functions; of many items a part is read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from components.core.errors import DataNotObtainable
from components.ingest.beam.assign import plan_splits
from components.ingest.corrections import write_corrections
from components.ingest.item import Chunk, Item
from components.ingest.reader_options import write_reader_options
from components.ingest.readers.reader import Reader, find_reader, load_reader
from components.ingest.source_list import SourceList, raw_folder, read_source_list
from pipelines.config import DatasetConfig
from pipelines.new_data.items import without_picture

# Items that are read, by modality; decoding a photograph takes longest.
MOST_ITEMS: Final = {
    "table": 100_000,
    "image": 10_000,
    "photograph": 4_000,
    "text": 1_000_000,
    "ratings": 1_000_000,
}


@dataclass(frozen=True)
class SplitItem:
    """A sound item."""

    item: Item
    """The item, without its picture."""

    split: str
    """Its split."""

    seen: Any
    """What `look` returned for it."""


@dataclass(frozen=True)
class RecipeItems:
    """The data of a recipe, as far as they were read."""

    source_list: SourceList
    """What is known of the data set."""

    items: tuple[SplitItem, ...]
    """Sound items."""

    share: float
    """Part of the data set that was read, 1 for all of it."""

    def of(self, split: str) -> list[SplitItem]:
        """Return the items of a split."""
        return [one for one in self.items if one.split == split]

    def count(self, split: str) -> int:
        """Number of items of a split, estimated where a part was read."""
        return round(len(self.of(split)) / self.share)


def read_recipe_items(
    root: Path,
    dataset: str,
    settings: DatasetConfig,
    look: Callable[[Item], Any] | None = None,
) -> RecipeItems:
    """Read the items of a data set, and split them as Ingest does.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
        settings: Its variant and its splits.
        look: Looks at each item while it has its picture. Defaults to none.

    Raises:
        DataNotObtainable: The raw files are not there.
        DataRefused: They cannot be read at all.
    """
    source_list = read_source_list(root, dataset)
    folder = root / raw_folder(dataset, settings.variant)
    if not folder.is_dir() or not any(folder.iterdir()):
        raise DataNotObtainable(
            f"{raw_folder(dataset, settings.variant)}: expected the raw files, which "
            f"the sizes and limits of a recipe follow from.\nReceived none. Get them "
            f"with: prodl fetch {dataset}"
        )
    with TemporaryDirectory(prefix="prodl-recipe-") as scratch:
        linked = Path(scratch, "raw")
        linked.mkdir()
        for path in folder.iterdir():
            (linked / path.name).symlink_to(path.resolve())
        write_corrections(source_list.corrections, linked)
        write_reader_options(source_list, linked)
        reader = load_reader(find_reader(source_list))
        reader.check_files(linked)
        chunks = reader.list_chunks(linked)
        chosen = _thinned(chunks, MOST_ITEMS[source_list.modality])
        pairs = list(_read(reader, linked, chosen, look))
    total = sum(chunk.count for chunk in chunks)
    share = sum(chunk.count for chunk in chosen) / max(1, total)
    plan = plan_splits(source_list, settings.split_rule)
    rows, _ = plan.split([item for item, _ in pairs])
    items = (
        SplitItem(row.item, row.split, seen)
        for row, (_, seen) in zip(rows, pairs, strict=True)
        if not row.item.fault
    )
    return RecipeItems(source_list, tuple(items), share)


def _thinned(chunks: list[Chunk], most: int) -> list[Chunk]:
    """Chunks at even distances, with at most so many items, but one chunk at least."""
    total = sum(chunk.count for chunk in chunks)
    every = max(1, -(-total // most))
    return chunks[::every]


def _read(
    reader: Reader,
    folder: Path,
    chunks: list[Chunk],
    look: Callable[[Item], Any] | None,
) -> Iterator[tuple[Item, Any]]:
    for chunk in chunks:
        for item in reader.read_chunk(folder, chunk):
            if item.fault:
                continue
            found = look(item) if look else None
            yield without_picture(item), found
