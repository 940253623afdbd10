# SPDX-License-Identifier: Apache-2.0
"""Items as tf.Examples in TFRecord files."""

from collections.abc import Iterable
from pathlib import Path

from components.ingest.item import Item
from components.items import IMAGE, ITEM_ID, LABEL

# Without `.gz` at the end every reader of TFX takes a file as uncompressed: pixels
# shrink little compared with the time it costs to unpack them in every step.
FILE_NAME = "data_tfrecord-{index:05d}-of-{count:05d}"


def write_examples(path: Path, items: Iterable[Item]) -> None:
    """Write items as one TFRecord file, in their order."""
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for item in items:
            writer.write(serialize(item))


def serialize(item: Item) -> bytes:
    """Give a sound item as a serialized tf.Example; each feature has one value.

    The same item always gives the same bytes.
    """
    from tensorflow.core.example.example_pb2 import Example

    example = Example()
    feature = example.features.feature
    feature[IMAGE].bytes_list.value.append(item.image)
    feature[LABEL].bytes_list.value.append(item.label.encode())
    feature[ITEM_ID].bytes_list.value.append(item.item_id.encode())
    feature["mean"].float_list.value.append(item.mean)
    feature["std"].float_list.value.append(item.std)
    feature["width"].int64_list.value.append(item.width)
    feature["height"].int64_list.value.append(item.height)
    content: bytes = example.SerializeToString(deterministic=True)
    return content


def name_shards(parts: list[Path], folder: Path) -> None:
    """Move parts into a split's folder under their final names, in their order.

    A split without examples gets one empty file: readers want a file to be there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index, part in enumerate(parts):
        part.replace(folder / FILE_NAME.format(index=index, count=len(parts)))
    if not parts:
        (folder / FILE_NAME.format(index=0, count=1)).touch()
