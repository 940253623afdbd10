# SPDX-License-Identifier: Apache-2.0
"""Items as rows of the item table, a Parquet file that grows portion by portion."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.contracts.items import SPLITS, TABLE_FILE
from components.ingest.item import AnyItem


@dataclass(frozen=True)
class Row:
    """An item with what Ingest decided about it.

    Attributes:
        item: The item.
        group: What it must stay together with; "" for nothing.
        split: The split it belongs to, also if it is faulty.
    """

    item: AnyItem
    group: str
    split: str


def write_part(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows of one portion as a Parquet file of its own."""
    import pyarrow
    from pyarrow import parquet

    kinds = rows[0].item.columns
    columns = {name: [_value(row, name) for row in rows] for name in kinds}
    table = pyarrow.Table.from_pydict(columns, schema=_schema(kinds))
    parquet.write_table(table, path, compression="zstd")


def join_parts(parts: Iterable[Path], folder: Path) -> None:
    """Write the item table from its parts, one part in memory at a time.

    Args:
        parts: Files of `write_part`, in the order of item_id.
        folder: Folder of the ItemTable artifact.

    Raises:
        ValueError: The item ids do not rise: the reader lists its chunks wrongly.
    """
    from pyarrow import parquet

    files = list(parts)
    schema = parquet.read_schema(files[0])
    last = ""
    with parquet.ParquetWriter(
        folder / TABLE_FILE, schema, compression="zstd"
    ) as writer:
        for part in files:
            table = parquet.read_table(part)
            for item_id in table["item_id"].to_pylist():
                if item_id <= last:
                    raise ValueError(
                        "a reader must give items in rising order of item_id, each "
                        f"once. Received {item_id!r} after {last!r}."
                    )
                last = item_id
            writer.write_table(table)


def count_items(folder: Path) -> dict[str, int]:
    """Count the rows of an item table: all, faulty ones, sound ones of each split."""
    from pyarrow import parquet

    table = parquet.read_table(folder / TABLE_FILE, columns=["split", "fault"])
    rows = zip(table["split"].to_pylist(), table["fault"].to_pylist(), strict=True)
    sound = Counter(split for split, fault in rows if not fault)
    counts = {f"num_{split}": sound[split] for split in SPLITS}
    num_faulty = table.num_rows - sound.total()
    return {"num_items": table.num_rows, "num_faulty": num_faulty, **counts}


def _value(row: Row, column: str) -> Any:
    source = row if column in ("group", "split") else row.item
    return getattr(source, column)


def _schema(kinds: Mapping[str, str]) -> Any:
    import pyarrow

    types = {
        "string": pyarrow.string(),
        "int32": pyarrow.int32(),
        "float32": pyarrow.float32(),
        "object": pyarrow.binary(),
    }
    return pyarrow.schema([(name, types[kind]) for name, kind in kinds.items()])
