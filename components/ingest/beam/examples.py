# SPDX-License-Identifier: Apache-2.0
"""Items as tf.Examples in TFRecord files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from components.ingest.item import AnyItem

# Without `.gz` at the end every reader of TFX takes a file as uncompressed: pixels
# shrink little compared with the time it costs to unpack them in every step.
FILE_NAME = "data_tfrecord-{index:05d}-of-{count:05d}"


def write_examples(path: Path, items: Iterable[AnyItem]) -> None:
    """Write items as one TFRecord file, in their order."""
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for item in items:
            writer.write(serialize(item))


def serialize(item: AnyItem) -> bytes:
    """Give a sound item as a serialized tf.Example; each feature has one value.

    The same item always gives the same bytes.
    """
    from tensorflow.core.example.example_pb2 import Example

    example = Example()
    for name in item.features:
        _set(example.features.feature[name], getattr(item, name))
    content: bytes = example.SerializeToString(deterministic=True)
    return content


def _set(feature: Any, value: bytes | str | float | int) -> None:
    match value:
        case bytes():
            feature.bytes_list.value.append(value)
        case str():
            feature.bytes_list.value.append(value.encode())
        case float():
            feature.float_list.value.append(value)
        case int():
            feature.int64_list.value.append(value)


def name_shards(parts: list[Path], folder: Path) -> None:
    """Move parts into a split's folder under their final names, in their order.

    A split without examples gets one empty file: readers want a file to be there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index, part in enumerate(parts):
        part.replace(folder / FILE_NAME.format(index=index, count=len(parts)))
    if not parts:
        (folder / FILE_NAME.format(index=0, count=1)).touch()
