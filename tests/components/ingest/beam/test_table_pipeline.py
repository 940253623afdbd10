# SPDX-License-Identifier: Apache-2.0
"""Rows of a table become rows of the item table, sound ones examples as well."""

from pathlib import Path
from typing import Literal

import pytest
import tensorflow as tf

from components.contracts.item_table import read_item_table
from components.contracts.modality import find_modality
from components.contracts.table_layout import TableLayout
from components.ingest.readers import table as table_reader
from tests.support.datasets.tables import (
    LAYOUT,
    MASS_LAYOUT,
    draw_birds,
    ingest,
    write_raw,
)


@pytest.mark.parametrize("layout", [LAYOUT, MASS_LAYOUT])
def test_examples_are_the_sound_rows(tmp_path: Path, layout: TableLayout) -> None:
    rows = draw_birds(60)
    rows[3][layout.target] = "?"
    raw = write_raw(tmp_path / "raw", layout, birds=rows)
    examples, items = ingest(raw, tmp_path / "out", layout)

    modality = find_modality("table", layout)
    table = read_item_table(str(items), list(modality.columns)).set_index("item_id")
    assert len(table) == 60
    assert list(table.index[table.fault != ""]) == ["birds/0000003"]
    read = {
        e["item_id"]: e for s in ("train", "validation") for e in _read(examples, s)
    }
    wanted = table[(table.fault == "") & (table.split != "test")]
    assert set(read) == set(wanted.index)
    for item_id, row in wanted.iterrows():
        example = read[str(item_id)]
        assert set(example) == set(modality.features)
        for name in modality.numeric_features:
            number = example[name]
            assert (number is None) == (row[name] != row[name])
            assert number is None or number == pytest.approx(row[name])
        for name in modality.category_features:
            assert example[name] == row[name]


def _read(examples: Path, split: str) -> list[dict[str, str | float | None]]:
    files = sorted((examples / f"Split-{split}").iterdir())
    records = tf.data.TFRecordDataset([str(f) for f in files]).as_numpy_iterator()
    parsed = (tf.train.Example.FromString(record) for record in records)
    return [
        {name: _value(feature) for name, feature in e.features.feature.items()}
        for e in parsed
    ]


def _value(feature: tf.train.Feature) -> str | float | None:
    kind = feature.WhichOneof("kind")
    if kind is None:
        return None
    (value,) = getattr(feature, kind).value
    return value.decode() if kind == "bytes_list" else value


def test_stratified_split_has_the_shares_of_each_class(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw", birds=draw_birds(100))
    _, items = ingest(raw, tmp_path / "out", split="stratified")
    table = read_item_table(str(items))
    shares = table.groupby("label")["split"].value_counts(normalize=True)
    assert shares.xs("test", level="split").between(0.15, 0.25).all()
    assert table["split"].value_counts().to_dict() == {
        "train": 60,
        "validation": 20,
        "test": 20,
    }


@pytest.mark.parametrize("split", ["hash", "stratified"])
def test_rows_of_a_group_stay_together_in_any_chunks(
    tmp_path: Path,
    split: Literal["hash", "stratified"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [row | {"bird": str(n // 4)} for n, row in enumerate(draw_birds(80))]
    # Equal content joins two groups.
    rows[50] = rows[2] | {"bird": rows[50]["bird"]}
    raw = write_raw(tmp_path / "raw", group_by="bird", birds=rows)
    _, items = ingest(raw, tmp_path / "whole", split=split)
    table = read_item_table(str(items))
    birds = [row["bird"] for row in rows]
    assert table.groupby(birds)["split"].nunique().max() == 1
    assert table["split"][2] == table["split"][50]
    assert table["group"].nunique() == 19
    assert set(table["split"]) == {"train", "validation", "test"}

    monkeypatch.setattr(table_reader, "CHUNK_ROWS", 7)
    _, again = ingest(raw, tmp_path / "chunks", split=split)
    assert read_item_table(str(again)).equals(table)


def test_official_test_rows_stay_and_their_group_leaves_the_training_rows(
    tmp_path: Path,
) -> None:
    train = [row | {"bird": str(n)} for n, row in enumerate(draw_birds(30))]
    test = [row | {"bird": "7"} for row in draw_birds(5, seed=1)]
    raw = write_raw(tmp_path / "raw", group_by="bird", train=train, test=test)
    _, items = ingest(raw, tmp_path / "out", split="stratified", test_share=0.0)
    table = read_item_table(str(items)).set_index("item_id")
    assert (table["split"][:5] == "test").all()
    assert set(table["split"][5:]) == {"train", "validation"}
    faulty = table[table["fault"] != ""]
    assert faulty["fault"].to_dict() == {
        "train/0000007": "belongs with a test item: test/0000000"
    }


def test_equal_rows_of_train_and_test_are_left_to_the_checks(tmp_path: Path) -> None:
    rows = draw_birds(20)
    raw = write_raw(tmp_path / "raw", train=rows, test=rows[:3])
    for split in ("hash", "stratified"):
        _, items = ingest(raw, tmp_path / split, split=split, test_share=0.0)
        table = read_item_table(str(items))
        assert not table["fault"].any()
        assert len(table[table.duplicated("content_sha256")]) == 3
