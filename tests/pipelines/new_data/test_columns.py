# SPDX-License-Identifier: Apache-2.0
"""Columns of a user's table: what each holds, and which ones are no features."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from components.core.errors import DataRefused
from pipelines.new_data.columns import (
    describe_column,
    describe_columns,
    feature_name,
    find_target_kind,
)
from pipelines.new_data.raw_table import read_raw_table

Texts = Sequence[str | None]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1.5", "2", None, "-3e2"] * 9, "number"),
        (["a", "b", None] * 9, "category"),
        (["True", "False"] * 9, "category"),
        (["2020-01-31", "2021-02-01", None] * 9, "date"),
        (["31/01/2020", "13/02/2021"] * 9, "date"),
        (["1", "2", "three"] * 9, "category"),
    ],
)
def test_kind_follows_from_the_values(values: Texts, kind: str) -> None:
    facts = describe_column("size", values)
    assert (facts.kind, facts.left_out) == (kind, "")


@pytest.mark.parametrize(
    ("header", "values", "reason"),
    [
        ("n", [str(n) for n in range(60)], "it numbers the rows"),
        ("Sample Number", [str(n % 30) for n in range(60)], "it numbers the rows"),
        ("code", [f"x{n}" for n in range(60)], "an identifier: 60 different texts"),
        ("site", ["north"] * 60, "a constant: 'north'"),
        ("note", [None] * 59 + ["a"], "missing in 59 of 60 rows"),
        ("text", [f"this is line number {n}" for n in range(60)], "free text"),
    ],
)
def test_suspicious_column_is_left_out(header: str, values: Texts, reason: str) -> None:
    assert reason in describe_column(header, values).left_out


def test_measured_numbers_that_all_differ_are_no_identifier() -> None:
    assert not describe_column("mass", [f"{n * 1.25}" for n in range(60)]).left_out


def test_column_of_patients_keeps_rows_together() -> None:
    facts = describe_column("Patient ID", [f"p{n // 2}" for n in range(60)])
    assert facts.may_group
    assert facts.left_out


def test_unit_is_read_from_the_header() -> None:
    units = [describe_column(h, ["1", "2"]).unit for h in ("mass_g", "Mass (kg)", "m")]
    assert units == ["g", "kg", ""]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("island", "island"),
        ("Culmen Length (mm)", "culmen_length_mm"),
        ("a/b c", "a_b_c"),
        ("2nd", "column_2nd"),
        ("\u4f53\u91cd", "column_7"),
        ("class", "class_"),
        ("label", "label_"),
        ("self", "self_"),
        ("x" * 300, "x" * 60),
    ],
)
def test_feature_name_is_an_identifier_of_no_other_meaning(
    header: str, name: str
) -> None:
    assert feature_name(header, 7) == name
    assert feature_name(header, 7, {name}) == f"{name}_2"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"] * 9, "class"),
        (["0", "1", "2"] * 9, "class"),
        (["1.5", "2.5"] * 9, "number"),
        ([str(n) for n in range(50)], "number"),
    ],
)
def test_target_is_a_class_or_a_number(values: Texts, kind: str) -> None:
    assert find_target_kind("y", values) == kind


@pytest.mark.parametrize("values", [["a"] * 9, [None] * 9, [f"x{n}" for n in range(9)]])
def test_target_that_is_neither_is_refused(values: Texts) -> None:
    with pytest.raises(DataRefused, match="--target COLUMN"):
        find_target_kind("y", values)


def test_delimiter_and_decimal_mark_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x;y\n1,5;a\n2,5;b\n")
    table = read_raw_table([path])
    assert (table.delimiter, table.decimal) == (";", ",")
    assert describe_columns(table, "y")[0].kind == "number"


def test_first_line_of_numbers_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1.5,2,a\n2.5,3,b\n")
    with pytest.raises(DataRefused, match="names of the columns in the first line"):
        read_raw_table([path])


def test_unnamed_and_doubled_columns_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",x,x,y\n" + "1,2,3,a\n" * 5)
    reasons = [
        facts.left_out for facts in describe_columns(read_raw_table([path]), "y")
    ]
    assert reasons == ["without a name", *["named as another column"] * 2]


def test_table_without_a_column_of_the_first_is_refused(tmp_path: Path) -> None:
    for name, header in (("a", "x,y"), ("b", "x,z")):
        (tmp_path / f"{name}.csv").write_text(f"{header}\n1,2\n")
    with pytest.raises(DataRefused, match="It lacks y"):
        read_raw_table(sorted(tmp_path.iterdir()))


def test_lists_in_a_parquet_file_are_left_out(tmp_path: Path) -> None:
    columns = {"x": [[1, 2]] * 9, "when": [date(2020, 1, 31)] * 9, "y": [1.0] * 9}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    facts = describe_columns(read_raw_table([tmp_path / "a.parquet"]), "y")
    assert facts[0].left_out == "values of the type list<element: int64>"
    assert facts[1].kind == "date"
