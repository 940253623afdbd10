# SPDX-License-Identifier: Apache-2.0
"""Rows of CSV and Parquet files become items; a row that breaks a rule is marked."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from components.contracts.table_layout import Column, TableLayout
from components.core.errors import DataRefused
from components.ingest.item import TableItem
from components.ingest.readers import table
from tests.support.datasets.tables import (
    LAYOUT,
    MASS_LAYOUT,
    Row,
    draw_birds,
    write_raw,
)

FAULTS: list[tuple[Callable[[Row], None], str]] = [
    (lambda row: row.update(species=" "), "target missing"),
    (lambda row: row.update(species="Emperor"), "unknown class: 'Emperor'"),
    (
        lambda row: row.update({"Body mass (g)": "4 kg"}),
        "not a number: body_mass is '4 kg'",
    ),
    (lambda row: row.update(seen="01/02/2007"), "not a date: seen is '01/02/2007'"),
]


def _read(raw: Path) -> list[TableItem]:
    table.check_files(raw)
    chunks = table.list_chunks(raw)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    items = [item for chunk in chunks for item in table.read_chunk(raw, chunk)]
    assert [i.item_id for i in items] == sorted({i.item_id for i in items})
    return items


def test_row_becomes_an_item(tmp_path: Path) -> None:
    rows = draw_birds(3)
    rows[1] |= {"Bill depth (mm)": " 17.5 ", "sex": "NA", "seen": "2008-11-01"}
    item = _read(write_raw(tmp_path, birds=rows))[1]
    assert item.item_id == "birds/0000001"
    assert item.label == rows[1]["species"]
    assert item.value("bill_depth") == 17.5
    assert item.value("sex") is None
    assert item.value("seen") == 14184.0
    assert (item.target, item.fault, item.group_key) == (None, "", "")


def test_number_is_a_target_too(tmp_path: Path) -> None:
    rows = draw_birds(2)
    rows[1]["Body mass (g)"] = "heavy"
    first, second = _read(write_raw(tmp_path, MASS_LAYOUT, birds=rows))
    assert (first.target, first.label) == (float(rows[0]["Body mass (g)"]), "")
    assert second.fault == "not a number: Body mass (g) is 'heavy'"


@pytest.mark.parametrize(("spoil", "fault"), FAULTS)
def test_faulty_row_is_marked(
    tmp_path: Path, spoil: Callable[[Row], None], fault: str
) -> None:
    rows = draw_birds(3)
    spoil(rows[1])
    items = _read(write_raw(tmp_path, birds=rows))
    assert [item.fault for item in items] == ["", fault, ""]
    assert items[1].content_sha256 == ""
    assert set(items[1].values) == set(LAYOUT.columns)


def test_row_with_another_number_of_fields_is_marked(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, birds=draw_birds(2))
    with (raw / "birds.csv").open("ab") as stream:
        stream.write(b"7,Adelie\r\n\xff\r\n")
    faults = [item.fault for item in _read(raw)]
    assert faults[2:] == [
        "wrong number of fields: 2 in place of 8",
        "not UTF-8: byte 0xff",
    ]


def test_checksum_is_of_the_values_without_the_target(tmp_path: Path) -> None:
    rows = draw_birds(1)
    other = rows[0] | {"species": "Gentoo", "bird": "9", "Body mass (g)": "1"}
    rows += [rows[0] | {"species": "Gentoo", "bird": "9"}, other]
    first, twin, another = _read(write_raw(tmp_path, birds=rows))
    assert first.label != twin.label
    assert first.content_sha256 == twin.content_sha256 != another.content_sha256


def test_files_are_joined_and_say_the_split(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, train=draw_birds(3), test=draw_birds(2, seed=1))
    found = [(item.item_id, item.official_split) for item in _read(raw)]
    assert found[1:3] == [("test/0000001", "test"), ("train/0000000", "train")]


def test_group_is_the_value_of_a_column(tmp_path: Path) -> None:
    rows = draw_birds(2)
    rows[1]["bird"] = "NA"
    items = _read(write_raw(tmp_path, group_by="bird", birds=rows))
    assert [item.group_key for item in items] == ["0", ""]


def test_chunks_give_what_the_whole_file_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = draw_birds(50)
    for row in rows[::7]:
        row["sex"] = "un\nknown, \u00e9"
    raw = write_raw(tmp_path, birds=rows)
    _write_parquet(raw / "more.parquet", rows, row_group_size=20)
    whole = _read(raw)
    monkeypatch.setattr(table, "CHUNK_ROWS", 8)
    assert len(table.list_chunks(raw)) == 7 + 3 + 3 + 2
    assert _read(raw) == whole
    monkeypatch.setattr(table, "CHUNK_BYTES", 300)
    assert len(table.list_chunks(raw)) > 15
    assert _read(raw) == whole


def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    rows = draw_birds(40)
    _write_parquet(write_raw(tmp_path / "a") / "birds.parquet", rows)
    assert _read(tmp_path / "a") == _read(write_raw(tmp_path / "b", birds=rows))


def test_parquet_has_values_of_types(tmp_path: Path) -> None:
    layout = TableLayout(
        "y",
        {
            "at": Column("date"),
            "on": Column("date"),
            "code": Column("category"),
            "flag": Column("number"),
        },
        target_kind="number",
    )
    columns = {
        "at": [datetime(1970, 1, 2, 12), None],
        "on": [date(1970, 1, 3), None],
        "code": [3.0, float("nan")],
        "flag": [True, None],
        "y": [2, float("inf")],
    }
    parquet.write_table(
        pyarrow.table(columns), write_raw(tmp_path, layout) / "values.parquet"
    )
    first, second = _read(tmp_path)
    assert first.values == {"at": 1.5, "on": 2.0, "code": "3", "flag": 1.0}
    assert first.target == 2.0
    assert second.values == dict.fromkeys(layout.columns)
    assert second.fault.startswith("not a number: y is inf")


def test_decimal_comma_and_semicolon(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, TableLayout("y", {"x": Column("number")}, "number"))
    (raw / "values.csv").write_text("x;y\n1,5;2,25\n;3\n")
    with pytest.raises(DataRefused, match=r"table\.delimiter"):
        table.check_files(raw)
    layout = TableLayout(
        "y", {"x": Column("number")}, "number", delimiter=";", decimal=","
    )
    first, second = _read(write_raw(raw, layout))
    assert (first.value("x"), first.target) == (1.5, 2.25)
    assert (second.value("x"), second.target) == (None, 3.0)


def test_renamed_column_is_refused_with_the_nearest(tmp_path: Path) -> None:
    rows = [
        {key.replace("island", "isle"): value for key, value in row.items()}
        for row in draw_birds(3)
    ]
    raw = write_raw(tmp_path, birds=rows)
    words = r"(?s)check of columns.*table\.columns\.island.*Did you mean 'isle'"
    with pytest.raises(DataRefused, match=words):
        table.check_files(raw)


def test_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, birds=draw_birds(3))
    text = (raw / "birds.csv").read_text().replace("bird,", "sex,", 1)
    (raw / "birds.csv").write_text(text)
    with pytest.raises(DataRefused, match="more than once"):
        table.check_files(raw)


@pytest.mark.parametrize("num_files", [0, 1])
def test_data_without_a_row_are_refused(tmp_path: Path, num_files: int) -> None:
    raw = write_raw(tmp_path)
    if num_files:
        header = ",".join(draw_birds(1)[0])
        (raw / "birds.csv").write_text(header + "\n")
    with pytest.raises(DataRefused, match=r"expected one or more tables|no row"):
        table.check_files(raw)


def test_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, birds=draw_birds(3))
    (raw / "birds.tsv").touch()
    with pytest.raises(DataRefused, match="two tables are called 'birds'"):
        table.check_files(raw)


def test_nested_column_of_parquet_is_refused(tmp_path: Path) -> None:
    columns = {name: [[1, 2]] for name in draw_birds(1)[0]}
    raw = write_raw(tmp_path)
    parquet.write_table(pyarrow.table(columns), raw / "birds.parquet")
    with pytest.raises(DataRefused, match=r"numbers, texts or dates.*\n.*list"):
        table.check_files(raw)


def _write_parquet(
    path: Path, rows: Iterable[Row], row_group_size: int | None = None
) -> None:
    content = pyarrow.Table.from_pylist(list(rows))
    parquet.write_table(content, path, row_group_size=row_group_size)
