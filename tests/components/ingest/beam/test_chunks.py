# SPDX-License-Identifier: Apache-2.0
"""One chunk through Ingest, without a runner: rows, splits and examples."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from pyarrow import parquet

from components.contracts.modality import MODALITIES
from components.ingest.beam.pipeline import IngestJob, ingest_chunk
from components.ingest.beam.split import SplitRule
from components.ingest.readers import mnist
from tests.support.datasets.mnist import (
    TRAIN_IMAGES,
    TRAIN_LABELS,
    read_idx,
    write_idx,
    write_mnist,
)


def test_equal_pictures_get_one_split_and_faulty_ones_none(tmp_path: Path) -> None:
    raw = write_mnist(tmp_path / "raw", train=40, test=1)
    labels, images = read_idx(raw / TRAIN_LABELS), read_idx(raw / TRAIN_IMAGES)
    labels[7] = 37
    write_idx(raw / TRAIN_LABELS, labels)
    write_idx(raw / TRAIN_IMAGES, np.concatenate([images[:20], images[:20]]))
    job = IngestJob(
        mnist.__name__,
        MODALITIES["image"],
        raw,
        tmp_path,
        tmp_path,
        SplitRule("salt", 0.5),
    )
    (chunk,) = (c for c in mnist.list_chunks(raw) if c.part == "train")
    parts = ingest_chunk(chunk, job)

    table = parquet.read_table(parts.table).to_pandas().set_index("item_id")
    first, second = table["split"][:20], table["split"][20:]
    assert list(first) == list(second)
    assert set(first) == {"train", "validation"}
    written = [name for file in parts.examples.values() for name in _ids(file)]
    assert sorted(written) == sorted(set(table.index) - {"train/00007"})


def _ids(file: Path) -> list[str]:
    records = tf.data.TFRecordDataset(str(file)).as_numpy_iterator()
    examples = (tf.train.Example.FromString(record) for record in records)
    return [
        e.features.feature["item_id"].bytes_list.value[0].decode() for e in examples
    ]
