# SPDX-License-Identifier: Apache-2.0
"""Rows of a table become rows of the item table, sound ones examples as well."""

from pathlib import Path

import pytest
import tensorflow as tf

from components.contracts.item_table import read_item_table
from components.contracts.modality import find_modality
from components.contracts.table_layout import TableLayout
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
