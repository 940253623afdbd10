# SPDX-License-Identifier: Apache-2.0
"""Checks are found by convention: one class in one file is all that a new one takes."""

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

from components.contracts.modality import MODALITIES
from components.core.errors import UsageError
from components.core.records import from_json, to_json
from components.validation.items import checks
from components.validation.items.check import ItemCheck
from components.validation.items.great_expectations import check_items
from components.validation.items.settings import (
    ItemSettings,
    check_modules,
    find_checks,
    read_checks,
)
from components.validation.settings import load_settings
from pipelines.fingerprint import PROJECT_ROOT, imported_modules

NEW_CHECK = '''
from dataclasses import dataclass

from components.validation.items.check import (
    CheckResult, Expectation, ItemCheck, table_check, values_between,
)


@dataclass(frozen=True)
class ImagesArePortraits(ItemCheck):
    """No image is wider than it is high."""

    max_ratio: float

    def wanted(self, classes):
        return f"width / height <= {self.max_ratio:g}"

    def expectations(self, classes):
        stock = values_between({"width": (1, 1000)})
        return [*stock, table_check(portraits, max_ratio=self.max_ratio)]


def portraits(table, max_ratio):
    wide = table[table["width"] > max_ratio * table["height"]]
    return CheckResult(wide.empty, f"{len(wide)} wide", tuple(wide["item_id"]))
'''


@pytest.fixture
def new_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more file among the checks."""
    (tmp_path / "formats.py").write_text(NEW_CHECK)
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(tmp_path)])
    find_checks.cache_clear()
    yield
    find_checks.cache_clear()
    sys.modules.pop(f"{checks.__name__}.formats", None)


def _pass_on(settings: ItemSettings) -> ItemSettings:
    return from_json(ItemSettings, to_json(settings), "expectations.items")


@pytest.mark.usefixtures("new_check")
def test_check_of_a_new_file_is_read_run_and_reported(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    record = {"description": "Upright.", "severity": "warning", "max_ratio": 1}
    received = {"images_are_portraits": record}
    object.__setattr__(item_settings, "expectations", read_checks(received, "x"))
    settings = _pass_on(item_settings)
    table.loc[3, "width"] = 29

    (check,) = check_items(table, MODALITIES["image"], settings)

    assert (check.name, check.status) == ("images_are_portraits", "failed")
    assert check.wanted == "width / height <= 1"
    assert check.received == "1 wide"
    assert check.failing_items == ("train/00003",)
    assert check_modules(settings) == [f"{checks.__name__}.formats"]


def test_name_of_a_check_that_no_file_has_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown key 'images_are_portraits'"):
        read_checks({"images_are_portraits": {}}, "here")


def test_every_check_of_the_data_sets_stands_in_their_files_order() -> None:
    for path in sorted(PROJECT_ROOT.glob("data/*/expectations.yaml")):
        settings = load_settings(path).items
        assert set(settings.expectations) <= set(find_checks())
        assert _pass_on(settings) == settings
        assert list(settings.expectations) == list(_pass_on(settings).expectations)


def test_steps_import_neither_the_report_nor_their_sections() -> None:
    seen, waiting = set[str](), {"components.validation.component"}
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= imported_modules(module) - seen
    assert "components.validation.items.validate" in seen
    assert "components.validation.distributions.summarise" in seen
    drawing = {m for m in seen if m.startswith("components.report")}
    assert drawing | {m for m in seen if m.endswith(".section")} == set()


def test_reference_has_every_check_with_its_limits() -> None:
    text = (PROJECT_ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    shared = {field.name for field in fields(ItemCheck)}
    missing = [
        f"{name}: {field.name}"
        for name, check in find_checks().items()
        for field in fields(check)
        if f"`{name}`" not in text
        or (field.name not in shared and f"`{field.name}" not in text)
    ]
    assert missing == []
