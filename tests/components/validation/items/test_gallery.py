# SPDX-License-Identifier: Apache-2.0
"""Expectations that a user names, from the gallery or of their own, run like ours."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from components.core.errors import UsageError
from components.core.records import from_json, to_json
from components.validation.items.gallery import check_arguments, gallery_classes
from components.validation.items.great_expectations import check_items
from components.validation.items.settings import (
    ItemSettings,
    check_modules,
    read_checks,
)
from components.validation.verdict import DataCheck
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.item_tables import CLASSES, birds_modality, draw_birds

OWN = """
import great_expectations.expectations as gxe


class ExpectHeavyBirds(gxe.ExpectColumnValuesToBeBetween):
    column: str = "mass"
    min_value: float = 2000


class ExpectNothingToRun(gxe.ExpectColumnMeanToBeBetween):
    column: str = "mass"

    def _validate(self, *arguments, **more):
        raise RuntimeError("the scales broke")


class ExpectNobodyKnowsWhat(gxe.ExpectColumnMeanToBeBetween):
    column: str = "mass"

    def _validate(self, *arguments, **more):
        return {"success": float("nan"), "result": {}}


number = 7
"""


def described(expectation: str, **arguments: Any) -> dict[str, Any]:
    return {
        "description": "A rule.",
        "severity": "critical",
        "expectation": expectation,
        **arguments,
    }


def settings_of(**checks: dict[str, Any]) -> ItemSettings:
    """Settings after their way through a parameter of the step."""
    settings = ItemSettings(CLASSES, 5, 3, read_checks(checks, "x"))
    assert from_json(ItemSettings, to_json(settings), "items") == settings
    return from_json(ItemSettings, to_json(settings), "items")


def judge(table: pd.DataFrame, **checks: dict[str, Any]) -> list[DataCheck]:
    return list(check_items(table, birds_modality(), settings_of(**checks)))


@pytest.fixture
def own_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A project with a module `own_bird_checks`."""
    (tmp_path / "params.yaml").touch()
    (tmp_path / "own_bird_checks.py").write_text(OWN)
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("own_bird_checks", None)


def test_expectations_of_the_gallery_run_and_fail_like_ours() -> None:
    table = draw_birds()
    table.loc[7, "bill"] = 400.0
    bill = {"column": "bill", "min_value": 10, "max_value": 100}
    checks = judge(
        table,
        bills_have_a_length=described("ExpectColumnValuesToBeBetween", **bill),
        most_bills_do=described("ExpectColumnValuesToBeBetween", mostly=0.9, **bill),
        mean_mass=described("ExpectColumnMeanToBeBetween", column="mass", max_value=9),
        heavier_than_long=described(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            column_A="mass",
            column_B="bill",
            ignore_row_if="either_value_is_missing",
        ),
        islands=described(
            "ExpectColumnDistinctValuesToEqualSet",
            column="island",
            value_set=["Biscoe", "Dream", "Skua"],
        ),
        rows=described("ExpectTableRowCountToEqual", value=300),
    )
    assert [(check.name, check.status) for check in checks] == [
        ("bills_have_a_length", "failed"),
        ("most_bills_do", "passed"),
        ("mean_mass", "failed"),
        ("heavier_than_long", "passed"),
        ("islands", "passed"),
        ("rows", "passed"),
    ]
    bills = checks[0]
    assert bills.severity == "critical"
    assert bills.wanted == (
        "ExpectColumnValuesToBeBetween: column bill, min_value 10, max_value 100"
    )
    assert bills.received == "1 of 300 items: bill 400"
    assert bills.failing_items == ("birds/0000007",)


@pytest.mark.usefixtures("own_checks")
def test_expectation_of_ones_own_runs_and_is_part_of_the_cache_key() -> None:
    heavy = described("own_bird_checks.ExpectHeavyBirds", min_value=4000, mostly=1)
    (check,) = judge(draw_birds(), heavy_birds=heavy)
    assert check.status == "failed"
    assert check.num_failing > 20
    assert "own_bird_checks" in check_modules(settings_of(heavy_birds=heavy))


@pytest.mark.usefixtures("own_checks")
def test_expectation_that_raises_is_an_error_and_no_pass() -> None:
    absent = described("ExpectColumnValuesToBeUnique", column="wings")
    broken = described("own_bird_checks.ExpectNothingToRun", max_value=9)
    checks = judge(draw_birds(), absent=absent, broken=broken)
    assert [check.status for check in checks] == ["error", "error"]
    assert "wings" in checks[0].received
    assert "the scales broke" in checks[1].received


@pytest.mark.usefixtures("own_checks")
def test_expectation_that_returns_neither_yes_nor_no_is_no_pass() -> None:
    unsure = described("own_bird_checks.ExpectNobodyKnowsWhat", max_value=9)
    (check,) = judge(draw_birds(), unsure=unsure)
    assert (check.status, check.received) == ("failed", "not as expected")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            described("ExpectColumnValuesToBeBetwen", column="bill"),
            "unknown class 'ExpectColumnValuesToBeBetwen'. Did you mean "
            "'ExpectColumnValuesToBeBetween'",
        ),
        (
            described("ExpectColumnValuesToBeUnique", meta={}),
            "'meta' is not an argument here",
        ),
        ({"expectation": "ExpectColumnToExist"}, "missing 'description', 'severity'"),
        (
            described("ExpectColumnMaxToBeBetween", max_value=[date(2020, 1, 1)]),
            "max_value: expected numbers, texts, lists or mappings",
        ),
    ],
)
def test_wrong_name_is_refused_when_the_settings_are_read(
    check: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        read_checks({"bills": check}, "here")
    assert message in str(error.value)
    assert str(error.value).startswith("here.bills")


def test_name_of_a_check_of_prodl_is_not_given_to_another() -> None:
    taken = described("ExpectColumnToExist", column="bill")
    with pytest.raises(UsageError, match="Choose another name"):
        read_checks({"row_counts": taken}, "here")


@pytest.mark.usefixtures("own_checks")
@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            described("ExpectColumnValuesToBeBetween", column="bill", min_valu=3),
            "min_valu: extra fields not permitted",
        ),
        (
            described("ExpectColumnValuesToBeBetween", min_value=3),
            "column: field required",
        ),
        (
            described("own_bird_checks.ExpectLightBirds"),
            "own_bird_checks has no ExpectLightBirds",
        ),
        (described("own_bird_checks.number"), "an object of type int"),
        (described("no_such_module.Expect"), "no module no_such_module"),
    ],
)
def test_wrong_argument_or_import_path_is_found_before_a_run(
    check: dict[str, Any], message: str
) -> None:
    checks = read_checks({"bills": check}, "here")
    (error,) = check_arguments(checks, "here")
    assert error.startswith("here.bills")
    assert message in error


def test_gallery_is_known_without_importing_it() -> None:
    assert "ExpectColumnValuesToBeBetween" in gallery_classes()
    record = {"tall": described("ExpectColumnToExist", column="bill")}
    code = (
        "import json, sys\n"
        "from components.validation.items.settings import read_checks\n"
        f"read_checks(json.loads({json.dumps(json.dumps(record))}), 'x')\n"
        "sys.exit(str([n for n in ('great_expectations', 'pandas', 'numpy')"
        " if n in sys.modules]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    assert ended.stderr.strip() == "[]"
