# SPDX-License-Identifier: Apache-2.0
"""Ingest gives an item table and examples, the same bytes each time."""

from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
import pytest
import tensorflow as tf

from components.contracts.features import IMAGE, ITEM_ID, LABEL
from components.contracts.item_table import pixels_png, read_item_table
from components.contracts.modality import MODALITIES
from components.contracts.splits import SPLITS
from components.core.errors import UsageError
from components.ingest.beam.outputs import check_fields, count_items, join_table_parts
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.beam.split import SplitRule
from components.ingest.item import Chunk
from components.ingest.readers import mnist
from tests.support.beam import BEAM_ARGS
from tests.support.datasets.mnist import TRAIN_LABELS, read_idx, write_idx, write_mnist

pytestmark = pytest.mark.slow

IMAGES = MODALITIES["image"]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks, so that something has to be joined."""
    whole = mnist.list_chunks

    def list_small_chunks(raw_dir: Path) -> list[Chunk]:
        return whole(raw_dir, chunk_size=16)

    monkeypatch.setattr(mnist, "list_chunks", list_small_chunks)


def _ingest(raw: Path, output: Path, share: float = 0.25) -> Path:
    for name in ("examples", "items"):
        (output / name).mkdir(parents=True)
    rule = SplitRule("salt", share)
    job = IngestJob(
        mnist.__name__,
        MODALITIES["image"],
        raw,
        output / "examples",
        output / "items",
        rule,
    )
    with beam.Pipeline(argv=list(BEAM_ARGS)) as pipeline:
        add_ingest(pipeline, job)
    return output


def _read_examples(output: Path, split: str) -> list[tf.train.Example]:
    paths = sorted((output / "examples" / f"Split-{split}").iterdir())
    records = tf.data.TFRecordDataset([str(path) for path in paths])
    return [tf.train.Example.FromString(r) for r in records.as_numpy_iterator()]


def _ids(examples: Sequence[tf.train.Example]) -> list[str]:
    values = [e.features.feature[ITEM_ID].bytes_list.value[0] for e in examples]
    return [value.decode() for value in values]


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_table_has_one_row_per_item_in_order(raw: Path, tmp_path: Path) -> None:
    table = read_item_table(str(_ingest(raw, tmp_path) / "items"), list(IMAGES.columns))
    assert list(table.columns) == list(IMAGES.columns)
    assert table.item_id.is_monotonic_increasing
    assert table.item_id.is_unique
    assert len(table) == 50
    assert (table.group == table.content_sha256).all()
    assert (table.split[table.official_split == "test"] == "test").all()
    row = table.iloc[12]
    assert pixels_png(row.thumbnail, row.width, row.height).startswith(b"\x89PNG")


def test_examples_are_the_sound_rows_of_each_split(raw: Path, tmp_path: Path) -> None:
    output = _ingest(raw, tmp_path)
    table = read_item_table(str(output / "items"))
    for split in SPLITS:
        examples = _read_examples(output, split)
        assert _ids(examples) == list(table.item_id[table.split == split])
        assert len(examples) > 1


def test_each_feature_has_one_value(raw: Path, tmp_path: Path) -> None:
    (example, *_) = _read_examples(_ingest(raw, tmp_path), "test")
    features = example.features.feature
    assert set(features) == set(IMAGES.features)
    for feature in features.values():
        assert len(getattr(feature, feature.WhichOneof("kind")).value) == 1
    assert len(features[IMAGE].bytes_list.value[0]) == 28 * 28
    assert features[LABEL].bytes_list.value[0].decode().isdigit()


def test_same_input_gives_same_bytes(raw: Path, tmp_path: Path) -> None:
    first, second = (_ingest(raw, tmp_path / name) for name in ("first", "second"))
    assert _contents(first) == _contents(second)
    assert "items/items.parquet" in _contents(first)


def test_shards_are_numbered_and_nothing_is_left_over(
    raw: Path, tmp_path: Path
) -> None:
    names = sorted(_contents(_ingest(raw, tmp_path)))
    shards = [name for name in names if "Split-train" in name]
    prefix = "examples/Split-train/data_tfrecord"
    assert shards == [f"{prefix}-{n:05d}-of-00003" for n in range(3)]
    assert not any("_parts" in name for name in names)


def test_faulty_item_is_a_row_but_no_example(tmp_path: Path) -> None:
    raw = write_mnist(tmp_path / "raw", train=20, test=5)
    labels = read_idx(raw / TRAIN_LABELS)
    labels[7] = 37
    write_idx(raw / TRAIN_LABELS, labels)
    output = _ingest(raw, tmp_path / "out")
    table = read_item_table(str(output / "items")).set_index("item_id")
    assert table.fault["train/00007"] == "label '37' is not one of 0-9"
    assert table.label["train/00007"] == "37"
    ids = [i for split in SPLITS for i in _ids(_read_examples(output, split))]
    assert sorted(ids) == sorted(table.index[table.fault == ""])
    counts = count_items(output / "items")
    assert (counts["num_items"], counts["num_faulty"]) == (25, 1)
    assert counts["num_train"] + counts["num_validation"] == 19


def test_empty_split_has_a_file_without_examples(raw: Path, tmp_path: Path) -> None:
    output = _ingest(raw, tmp_path, share=0.0)
    (shard,) = (output / "examples" / "Split-validation").iterdir()
    assert shard.name == "data_tfrecord-00000-of-00001"
    assert _read_examples(output, "validation") == []
    assert count_items(output / "items")["num_validation"] == 0


def test_modality_that_the_reader_does_not_give_is_refused(raw: Path) -> None:
    items = mnist.read_chunk(raw, mnist.list_chunks(raw)[0])
    check_fields(items, IMAGES, mnist.__name__)
    with pytest.raises(UsageError, match=r"(?s)field 'text'.*Received ImageItem"):
        check_fields(items, MODALITIES["text"], mnist.__name__)


def test_reader_that_repeats_an_item_is_refused(raw: Path, tmp_path: Path) -> None:
    from components.ingest.beam.assign import Row
    from components.ingest.beam.outputs import write_table_part

    items = mnist.read_chunk(raw, mnist.list_chunks(raw)[0])
    rows = [Row(item, "", "test") for item in items]
    write_table_part(tmp_path / "part", rows, IMAGES)
    with pytest.raises(ValueError, match="rising order of item_id"):
        join_table_parts([tmp_path / "part", tmp_path / "part"], tmp_path)
