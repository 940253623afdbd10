# SPDX-License-Identifier: Apache-2.0
"""The items of a user's data, read by the reader and split as Ingest splits them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import DataRefused
from components.ingest.beam.assign import Row, plan_splits
from components.ingest.beam.split import SplitRule
from components.ingest.item import Item
from components.ingest.reader_options import FILE, write_reader_options
from components.ingest.readers.reader import find_reader, load_reader
from components.ingest.source_list import SourceList

# Types only: pandas takes half a second to import.
if TYPE_CHECKING:
    import pandas as pd

# All are in memory at once, without pictures.
MAX_ITEMS: Final = 3_000_000
# Bytes of an item, which no limit is learned from.
_LARGE: Final = ("image", "thumbnail")


def read_items(source_list: SourceList, raw_dir: Path) -> list[Item]:
    """Read every item; faulty ones have their fault, pictures are left out.

    Args:
        source_list: What the reader is told: classes, shape, columns.
        raw_dir: Folder of the raw files.

    Raises:
        DataRefused: The files cannot be read at all.
    """
    write_reader_options(source_list, raw_dir)
    try:
        return list(_read(source_list, raw_dir))
    finally:
        (raw_dir / FILE).unlink()


def _read(source_list: SourceList, raw_dir: Path) -> Iterator[Item]:
    reader = load_reader(find_reader(source_list))
    reader.check_files(raw_dir)
    chunks = reader.list_chunks(raw_dir)
    count = sum(chunk.count for chunk in chunks)
    if count > MAX_ITEMS:
        raise DataRefused(
            f"expected at most {MAX_ITEMS:,} items, to look at all of them at once.\n"
            f"Received {count:,}. Name a part of them; `prodl fetch` takes all later."
        )
    for chunk in chunks:
        for item in reader.read_chunk(raw_dir, chunk):
            yield without_picture(item)


def without_picture(item: Item) -> Item:
    """Return an item without the bytes of its picture, if it has one."""
    empty: dict[str, Any] = {name: b"" for name in _LARGE if hasattr(item, name)}
    return replace(item, **empty)


def split_items(
    items: Sequence[Item], source_list: SourceList, rule: SplitRule
) -> "tuple[pd.DataFrame, Mapping[str, str]]":
    """Deal items to the splits, and return the item table.

    Args:
        items: All items.
        source_list: The source list.
        rule: Shares of the splits.

    Returns:
        The table, and items outside of an official test set -> the test item that each
        belongs with.
    """
    # Here, because an import of pandas takes half a second.
    import pandas as pd

    rows, groups = plan_splits(source_list, rule).split(items)
    columns = {
        name: [_value(row, name) for row in rows]
        for name in source_list.item_kind.columns
        if name not in _LARGE
    }
    table = pd.DataFrame(columns)
    for name, kind in source_list.item_kind.columns.items():
        if kind.startswith(("int", "float")):
            table[name] = table[name].astype(float if kind == "float64" else kind)
    return table, groups.test_leaks


def _value(row: Row, column: str) -> object:
    if column in ("group", "split"):
        return getattr(row, column)
    return row.item.value(column)
