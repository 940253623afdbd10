# SPDX-License-Identifier: Apache-2.0
"""Rows of a user: JSON, and files of rows."""

import json
from pathlib import Path

import pytest

from components.contracts.table_layout import Column, TableLayout
from components.serving.row_files import FoundRow, find_rows

LAYOUT = TableLayout(
    "species",
    {"bill": Column("number", header="Bill (mm)"), "island": Column("category")},
)
ROW = {"bill": 39.1, "island": "Dream"}


def _only(*inputs: str) -> FoundRow:
    (row,) = find_rows(inputs, LAYOUT)
    return row


def test_json_is_an_object_a_list_or_a_request() -> None:
    for content in (ROW, [ROW], {"instances": [ROW]}):
        assert _only(json.dumps(content)).cells == ROW


def test_row_may_have_columns_that_the_data_set_left_out() -> None:
    assert _only(json.dumps({"offer_id": 7, **ROW, "species": "x"})).cells == ROW


@pytest.mark.parametrize("header", ["bill,island", "island,Bill (mm),species,bird"])
def test_csv_file_has_headers_of_the_data_or_names_of_features(
    header: str, tmp_path: Path
) -> None:
    cells = {"bill": "39.1", "Bill (mm)": "39.1", "island": '"Dream"'}
    line = ",".join(cells.get(name, "7") for name in header.split(","))
    file = tmp_path / "rows.csv"
    file.write_text(f"\ufeff{header}\r\n{line}\r\n", encoding="utf-8")

    assert _only(str(file)).cells == {"bill": "39.1", "island": "Dream"}


def test_each_kind_of_file_gives_the_same_rows(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "a.tsv").write_text("bill\tisland\n39.1\tDream\n")
    (tmp_path / "a.jsonl").write_text(json.dumps(ROW) + "\n\n")
    (tmp_path / "a.json").write_text(json.dumps([ROW]))
    parquet.write_table(pyarrow.Table.from_pylist([ROW]), tmp_path / "a.parquet")

    rows = list(find_rows([str(f) for f in sorted(tmp_path.iterdir())], LAYOUT))

    assert [float(row.cells["bill"]) for row in rows] == [39.1] * 4
    assert [row.cells["island"] for row in rows] == ["Dream"] * 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"bill": 1}', "missing columns: island"),
        (
            '{"bil": 1, "island": 2}',
            "bill ('Bill (mm)'); not used: bil;",
        ),
        ('{"bill": 1}', "a missing value is null, or an empty cell"),
        ('{"bill": 1, "Bill (mm)": 1, "island": 2}', "bill ('Bill (mm)') is there"),
        ("[1]", "expected an object of columns"),
        ('{"bill"', "it is no JSON"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)
def test_wrong_json_is_described(text: str, fault: str) -> None:
    assert fault in _only(text).fault


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("rows.csv", b"bill\n1\n", "missing columns: island"),
        ("rows.csv", b"", "missing columns: bill"),
        ("rows.csv", b"bill,island\n1,\xff\n", "it is not UTF-8"),
        ("rows.parquet", b"PAR1", "Parquet"),
        ("rows.xlsx", b"PK", "a file that ends in .csv, .tsv"),
    ],
)
def test_wrong_file_is_described(
    name: str, content: bytes, fault: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    found = _only(str(tmp_path / name))

    assert found.place == str(tmp_path / name)
    assert fault in found.fault


def test_faulty_row_or_file_stops_no_other(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("bill,island\n1,Dream\n1\n\n2,Dream\n")
    inputs = [str(tmp_path / "none.csv"), str(file), str(tmp_path)]

    found = list(find_rows(inputs, LAYOUT))

    assert [row.fault for row in found[:4]] == [
        "there is no such file",
        "",
        "1 fields in place of 2",
        "",
    ]
    assert found[3].place == f"{file}, row 3"
    assert found[4].fault
