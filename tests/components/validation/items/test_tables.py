# SPDX-License-Identifier: Apache-2.0
"""Checks on tables: sound rows pass, and each planted fault is refused by its name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from components.contracts.item_table import TABLE_FILE
from components.contracts.step_data import read_step_data
from components.core.errors import UsageError
from components.core.records import from_json, to_json
from components.report.section import read_section
from components.validation.items.checks.leakage import explained_share
from components.validation.items.column_charts import show_columns
from components.validation.items.columns import describe_columns
from components.validation.items.great_expectations import check_items
from components.validation.items.settings import ItemSettings, read_checks
from components.validation.items.validate import validate_items
from components.validation.settings import load_settings
from components.validation.verdict import DataCheck
from tests.support.datasets.item_tables import (
    CLASSES,
    birds_layout,
    birds_modality,
    draw_birds,
    hash_rows,
)
from tests.support.external_loads import find_external_loads

CHECKS: dict[str, dict[str, Any]] = {
    "items_are_sound": {"max_faulty_share": 0.0},
    "item_ids_unique": {},
    "row_counts": {"splits": {"train": [150, 250], "test": [40, 80]}},
    "no_content_shared_across_splits": {},
    "rows_are_distinct": {"max_duplicate_share": 0.01},
    "duplicate_rows_agree": {},
    "missing_values": {"max_shares": {"mass": 0.1, "island": 0.1}},
    "numbers_in_range": {"ranges": {"bill": [20, 80], "mass": [1000, 8000]}},
    "categories_are_known": {"categories": {"island": ["Biscoe", "Dream", "Skua"]}},
    "categories_in_training": {"max_shares": {}},
    "target_not_copied": {},
    "identifiers_are_no_features": {},
    "numbers_alike_in_splits": {},
}
OF_CLASSES: dict[str, dict[str, Any]] = {
    "labels_are_known": {"max_unknown_share": 0.0},
    "every_class_present": {"min_items": 10},
    "class_balance": {"max_ratio": 1.5},
    "labels_agree_in_groups": {"max_groups": 0},
}
OF_NUMBERS: dict[str, dict[str, Any]] = {"target_in_range": {"range": [0, 60]}}


def settings_of(
    checks: dict[str, dict[str, Any]], classes: tuple[str, ...] = CLASSES
) -> ItemSettings:
    described = {"description": "A rule.", "severity": "critical"}
    record = {name: {**described, **limits} for name, limits in checks.items()}
    return ItemSettings(classes, 5, 3, read_checks(record, "x"))


@pytest.fixture(scope="module")
def settings() -> ItemSettings:
    found = settings_of({**CHECKS, **OF_CLASSES})
    assert from_json(ItemSettings, to_json(found), "items") == found
    return found


def judge(
    table: pd.DataFrame, settings: ItemSettings, target: str = "class"
) -> dict[str, DataCheck]:
    checks = check_items(table, birds_modality(target), settings)
    return {check.name: check for check in checks}


def failed(checks: dict[str, DataCheck]) -> set[str]:
    return {name for name, check in checks.items() if not check.passed}


def test_sound_rows_pass_every_check(settings: ItemSettings) -> None:
    checks = judge(draw_birds(), settings)
    assert {name: c.received for name, c in checks.items() if not c.passed} == {}
    assert checks["missing_values"].received.startswith("missing: at most 0.0")
    assert checks["target_not_copied"].received.startswith("bill explains most, 0.")


def test_sound_rows_with_a_number_to_predict_pass_every_check() -> None:
    settings = settings_of({**CHECKS, **OF_NUMBERS}, classes=())
    checks = judge(draw_birds("number"), settings, "number")
    assert {name: c.received for name, c in checks.items() if not c.passed} == {}


def target_in_a_category(table: pd.DataFrame) -> None:
    table["island"] = table["label"].map({n: f"code {n[0]}" for n in CLASSES})


def target_in_a_number(table: pd.DataFrame) -> None:
    table["bill"] = table["label"].map({n: float(i) for i, n in enumerate(CLASSES)})
    table["bill"] += 0.1 * (table["mass"].fillna(0) % 7)


def category_in_test_only(table: pd.DataFrame) -> None:
    table.loc[299, "island"] = "Torgersen"


def inches_in_test(table: pd.DataFrame) -> None:
    table.loc[table["split"] == "test", "bill"] /= 25.4


def doubled_across_splits(table: pd.DataFrame) -> None:
    names = ["bill", "mass", "seen", "island"]
    table.loc[299, names] = table.loc[0, names]


def a_third_missing(table: pd.DataFrame) -> None:
    table.loc[table.index % 10 < 3, "mass"] = None


def missing_in_test_only(table: pd.DataFrame) -> None:
    table.loc[(table["split"] == "test") & (table.index % 10 < 3), "bill"] = None


def renamed_column(table: pd.DataFrame) -> None:
    table.drop(columns="mass", inplace=True)


def row_numbers(table: pd.DataFrame) -> None:
    table["seen"] = 1.0 + table.index


def names_of_rows(table: pd.DataFrame) -> None:
    table["island"] = table["item_id"]


def impossible_number(table: pd.DataFrame) -> None:
    table.loc[7, "mass"] = -9999.0


def two_answers(table: pd.DataFrame) -> None:
    names = ["bill", "mass", "seen", "island"]
    table.loc[1, names] = table.loc[0, names]


@pytest.mark.parametrize(
    ("plant", "name", "received", "items"),
    [
        (
            target_in_a_category,
            "target_not_copied",
            "island explains 1",
            (),
        ),
        (target_in_a_number, "target_not_copied", "bill explains 1", ()),
        (
            category_in_test_only,
            "categories_in_training",
            "island 'Torgersen' in test only",
            ("birds/0000299",),
        ),
        (
            category_in_test_only,
            "categories_are_known",
            "unknown: island 1 ('Torgersen') of 300 rows",
            ("birds/0000299",),
        ),
        (inches_in_test, "numbers_alike_in_splits", "bill in test: median 1.7", ()),
        (
            doubled_across_splits,
            "no_content_shared_across_splits",
            "shared contents: 1; shared groups: 1",
            ("birds/0000000", "birds/0000299"),
        ),
        (a_third_missing, "missing_values", "missing: mass 0.3", ()),
        (missing_in_test_only, "missing_values", "missing: bill 0.3 in test", ()),
        (
            renamed_column,
            "missing_values",
            "error: the check could not run: the item table has no column 'mass'",
            (),
        ),
        (row_numbers, "identifiers_are_no_features", "seen: counts the rows", ()),
        (
            names_of_rows,
            "identifiers_are_no_features",
            "island: 300 different texts in 300",
            (),
        ),
        (
            impossible_number,
            "numbers_in_range",
            "outside: mass 1 (-9999) of 300 rows",
            ("birds/0000007",),
        ),
        (
            two_answers,
            "duplicate_rows_agree",
            "sets of equal rows with several answers: 1",
            ("birds/0000000", "birds/0000001"),
        ),
        (
            two_answers,
            "labels_agree_in_groups",
            "groups with several labels: 1",
            ("birds/0000000", "birds/0000001"),
        ),
    ],
)
def test_planted_fault_is_refused_by_its_check(
    settings: ItemSettings,
    plant: Callable[[pd.DataFrame], None],
    name: str,
    received: str,
    items: tuple[str, ...],
) -> None:
    table = draw_birds()
    plant(table)
    if "mass" in table:
        table = hash_rows(table)
    only = replace(settings, expectations={name: settings.expectations[name]})
    check = judge(table, only)[name]
    assert not check.passed
    assert check.severity == "critical"
    assert check.received.startswith(received)
    assert check.failing_items == items


def test_faults_of_a_number_to_predict_are_refused_by_their_checks() -> None:
    table = draw_birds("number")
    table["bill"] = 2.54 * table["target"] + 1
    table.loc[5, "target"] = 1e6
    settings = settings_of(
        {"target_not_copied": {}, **OF_NUMBERS, "numbers_in_range": {"ranges": {}}}, ()
    )
    checks = judge(table, settings, "number")
    assert failed(checks) == {"target_not_copied", "target_in_range"}
    assert checks["target_not_copied"].received.startswith("bill explains 0.99")


def test_many_rows_of_one_class_do_not_make_every_column_a_copy() -> None:
    table = draw_birds()
    table["label"] = ["auk"] * 297 + ["gull"] * 3
    assert max(explained_share(table, n, "label") for n in ("bill", "island")) < 0.5


def test_missing_values_that_tell_the_answer_are_a_copy() -> None:
    table = draw_birds()
    table = table[table["label"] != "tern"]
    table["mass"] = table["mass"].fillna(4000).where(table["label"] == "auk")
    assert explained_share(table, "mass", "label") == 1.0


def test_check_about_classes_is_refused_where_there_are_none() -> None:
    with pytest.raises(ValueError, match="'class_balance' is about them"):
        settings_of({"class_balance": {"max_ratio": 2}}, classes=())


def test_column_that_the_table_lacks_is_refused_with_the_nearest(
    tmp_path: Path,
) -> None:
    path = tmp_path / "expectations.yaml"
    path.write_text(EXPECTATIONS)
    assert load_settings(path, birds_modality()).items.classes == CLASSES
    for right, wrong, place in (
        ("{mass: ", "{mas: ", "items.expectations.missing_values: unknown column"),
        ("  island:", "  iland:", "distributions.features: unknown feature"),
    ):
        path.write_text(EXPECTATIONS.replace(right, wrong))
        with pytest.raises(UsageError, match=f"{place} .*Did you mean '(mass|island)'"):
            load_settings(path, birds_modality())
    path.write_text(EXPECTATIONS.replace("island:", "bill:"))
    with pytest.raises(UsageError, match="'l_infinity' does not fit feature 'bill'"):
        load_settings(path, birds_modality())


EXPECTATIONS = """
items:
  classes: [auk, gull, tern]
  listed_failures: 5
  samples_per_class: 3
  expectations:
    missing_values:
      {description: Few., severity: critical, max_shares: {mass: 0.1}}
distributions:
  histogram_buckets: 50
  fits_schema: {description: It fits., severity: critical}
  pairs: [[test, train]]
  features:
    island:
      {description: Alike., severity: critical, measure: l_infinity, threshold: 0.2}
"""


@pytest.mark.parametrize(("target", "classes"), [("class", CLASSES), ("number", ())])
def test_page_shows_every_column_of_each_split(
    tmp_path: Path, target: str, classes: tuple[str, ...]
) -> None:
    table = draw_birds(target)
    impossible_number(table)
    table.loc[3, "fault"] = "bad date: seen '31/02'"
    (tmp_path / "items").mkdir()
    table.to_parquet(tmp_path / "items" / TABLE_FILE)
    settings = settings_of({n: CHECKS[n] for n in ("numbers_in_range",)}, classes)
    validate_items(
        str(tmp_path / "items"),
        birds_modality(target),
        settings,
        tmp_path / "out",
        {},
        birds_layout(target),
    )
    section = read_section(tmp_path / "out")
    shown = section.html
    for name in ("bill", "mass", "seen", "island"):
        assert f"<figcaption>{name} in each split</figcaption>" in shown
    caption = "<figcaption>age in each split</figcaption>"
    assert (caption in shown) == (target == "number")
    assert "number in mm" in shown
    assert "days since 2008-" in shown
    # Their mass in grams is between 3,000 and 6,000: no years.
    assert "3,988" in shown
    assert "Missing values of each column" in shown
    assert "bad date: 1" in shown
    assert shown.count("birds/0000007") == 1
    assert find_external_loads(shown) == []
    figures = read_step_data(tmp_path / "out").facts["columns"]["mass"]
    assert figures["missing"] == {"train": 4, "validation": 1, "test": 1}
    assert sum(map(sum, figures["counts"].values())) == 299 - 6


def test_columns_without_any_value_or_with_many_texts_have_a_page() -> None:
    table = draw_birds()
    table["mass"] = float("nan")
    table["island"] = [f"island {n % 40}" for n in range(len(table))]
    figures = describe_columns(table, birds_layout())["columns"]
    assert figures["mass"]["edges"] == []
    assert figures["island"]["labels"][-1] == "25 others"
    assert {len(c) for c in figures["island"]["counts"].values()} == {16}
    html = "".join(map(str, show_columns({"columns": figures})))
    assert "25 others" in html


@pytest.mark.parametrize(
    ("last", "shown"), [(10100.5, "1997-05-20<"), (10010.5, "1997-05-20 12:00<")]
)
def test_time_of_the_day_is_shown_of_dates_near_each_other(
    last: float, shown: str
) -> None:
    table = draw_birds()
    table["seen"] = [last, *[10001.5] * (len(table) - 1)]
    columns = describe_columns(table, birds_layout())["columns"]
    figures = "".join(map(str, show_columns({"columns": {"seen": columns["seen"]}})))
    assert shown in figures


@pytest.mark.parametrize("ends", [(2.0**60, 2.0**60), (1e17, 1e17 + 16), (0, 5e-324)])
def test_numbers_that_can_hardly_be_told_apart_have_a_chart(
    ends: tuple[float, float],
) -> None:
    table = draw_birds()
    table["mass"] = [ends[number % 2] for number in range(len(table))]
    columns = describe_columns(table, birds_layout())["columns"]
    assert len(columns["mass"]["edges"]) == 2
    assert "<svg" in "".join(map(str, show_columns({"columns": columns})))
