# SPDX-License-Identifier: Apache-2.0
"""Remarks on values that a model of a table never saw."""

import json
from pathlib import Path

import pytest

from components.contracts.table_layout import Column, TableLayout
from components.serving.known_values import read_known_values

LAYOUT = TableLayout(
    "species",
    {
        "bill": Column("number"),
        "seen": Column("date"),
        "island": Column("category"),
        "sex": Column("category"),
    },
)
RANGES = {"bill": [30, 60.5], "seen": [0, 1], "former": [0, 1]}
SCHEMA = """
feature { name: "island" type: BYTES string_domain {
  name: "island" value: "Dream" value: "Biscoe" value: "Torgersen" } }
feature { name: "sex" type: BYTES domain: "sexes" }
string_domain { name: "sexes" value: "Male" value: "Female" }
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A published model that numbers sexes in small letters."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "island").write_text("Dream\nBiscoe\n")
    (tmp_path / "assets" / "sex").write_text("male\nfemale\n")
    (tmp_path / "evidence").mkdir()
    checks = {"expectations": {"numbers_in_range": {"ranges": RANGES}}}
    path = tmp_path / "evidence" / "expectations.json"
    path.write_text(json.dumps({"items": checks}))
    (tmp_path / "evidence" / "schema.pbtxt").write_text(SCHEMA)
    return tmp_path


def test_unknown_category_and_number_out_of_range_are_remarked(model: Path) -> None:
    known = read_known_values(model, LAYOUT)
    strange = {"bill": 700.0, "seen": "2020-01-31", "island": "Dreem", "sex": "male"}
    assert known.remarks(strange) == (
        "bill 700 is outside of 30 to 60.5",
        "island 'Dreem' is unknown to the model",
        "sex 'male' is unknown to the model",
    )
    # In the schema, yet in no row of the training split.
    assert len(known.remarks({"island": "Torgersen"})) == 1


def test_known_and_missing_values_get_no_remark(model: Path) -> None:
    known = read_known_values(model, LAYOUT)
    assert known.remarks({"bill": 60.5, "island": "Dream", "sex": "Male"}) == ()
    assert known.remarks({"bill": float("nan"), "island": "", "seen": ""}) == ()


def test_model_that_records_nothing_gets_no_remark(tmp_path: Path) -> None:
    known = read_known_values(tmp_path, LAYOUT)
    assert known.remarks({"bill": 700.0, "island": "Dreem"}) == ()
