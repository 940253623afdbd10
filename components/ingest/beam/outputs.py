# SPDX-License-Identifier: Apache-2.0
"""Outputs of Ingest: examples as TFRecord files, and the item table as Parquet.

Each worker writes a part of both; the parts are joined in the end. So memory holds one
part at a time, whatever the size of the data set.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow
import tensorflow as tf
from pyarrow import parquet

from components.contracts.item_table import TABLE_FILE
from components.contracts.modality import Modality
from components.contracts.splits import SPLITS
from components.core.errors import UsageError
from components.ingest.beam.assign import Row
from components.ingest.item import Item

# Without `.gz` at the end every reader of TFX takes a file as uncompressed: pixels
# shrink little compared with the time it costs to unpack them in every step.
SHARD_NAME: Final = "data_tfrecord-{index:05d}-of-{count:05d}"
_ARROW_TYPES: Final = {
    "string": pyarrow.string(),
    "int32": pyarrow.int32(),
    "int64": pyarrow.int64(),
    "float32": pyarrow.float32(),
    "float64": pyarrow.float64(),
    "object": pyarrow.binary(),
}


def check_fields(items: Sequence[Item], modality: Modality, reader: str) -> None:
    """Refuse items that lack what their modality says they have.

    Args:
        items: Items of one chunk.
        modality: What they should be.
        reader: Import path of the reader that gave them.

    Raises:
        UsageError: A feature is no field of the items.
    """
    for name in modality.features if items else ():
        try:
            items[0].value(name)
        except AttributeError:
            raise UsageError(
                f"{reader}: expected items with a field {name!r}, as of the modality "
                f"{modality.name!r}.\nReceived {type(items[0]).__name__}. Correct "
                "`modality` in the source list, or the reader."
            ) from None


def write_examples(path: Path, items: Iterable[Item], modality: Modality) -> None:
    """Write sound items as one TFRecord file, in their order."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for item in items:
            writer.write(serialize(item, modality))


def serialize(item: Item, modality: Modality) -> bytes:
    """Serialize a sound item as a tf.Example with at most one value per feature.

    Equal items give equal bytes; a missing value gives a feature without values.
    """
    example = tf.train.Example()
    for name in modality.features:
        _set_value(example.features.feature[name], item.value(name))
    content: bytes = example.SerializeToString(deterministic=True)
    return content


def _set_value(
    feature: tf.train.Feature, value: bytes | str | float | int | None
) -> None:
    match value:
        case bytes():
            feature.bytes_list.value.append(value)
        case str():
            feature.bytes_list.value.append(value.encode())
        case float():
            feature.float_list.value.append(value)
        case int():
            feature.int64_list.value.append(value)


def number_shards(parts: Sequence[Path], folder: Path) -> None:
    """Move the parts of a split into its folder as numbered shards, in their order.

    A split without examples gets one empty file, because readers of TFX need a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index, part in enumerate(parts):
        part.replace(folder / SHARD_NAME.format(index=index, count=len(parts)))
    if not parts:
        (folder / SHARD_NAME.format(index=0, count=1)).touch()


def write_table_part(path: Path, rows: Sequence[Row], modality: Modality) -> None:
    """Write the rows of one chunk as a Parquet file of its own."""
    columns = {name: [_value(row, name) for row in rows] for name in modality.columns}
    table = pyarrow.Table.from_pydict(columns, schema=_schema(modality.columns))
    parquet.write_table(table, path, compression="zstd")


def join_table_parts(parts: Iterable[Path], folder: Path) -> None:
    """Write the item table from its parts, one part in memory at a time.

    Args:
        parts: Files of `write_table_part`, in the order of item_id.
        folder: Folder of the ItemTable artifact.

    Raises:
        ValueError: The item ids do not rise: the reader lists its chunks wrongly.
    """
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
    table = parquet.read_table(folder / TABLE_FILE, columns=["split", "fault"])
    rows = zip(table["split"].to_pylist(), table["fault"].to_pylist(), strict=True)
    sound = Counter(split for split, fault in rows if not fault)
    counts = {f"num_{split}": sound[split] for split in SPLITS}
    num_faulty = table.num_rows - sound.total()
    return {"num_items": table.num_rows, "num_faulty": num_faulty, **counts}


def _value(row: Row, column: str) -> object:
    if column in ("group", "split"):
        return getattr(row, column)
    return row.item.value(column)


def _schema(dtypes: Mapping[str, str]) -> pyarrow.Schema:
    return pyarrow.schema(
        [(name, _ARROW_TYPES[dtype]) for name, dtype in dtypes.items()]
    )
