# SPDX-License-Identifier: Apache-2.0
"""The data gate believes a verdict of its own stage that nobody has edited."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.core.errors import DamagedFile, DataRefused
from components.core.json_files import read_json, write_json
from components.validation.gate import pass_or_refuse
from components.validation.verdict import (
    VERDICT_FILE,
    DataCheck,
    Status,
    Verdict,
    write_verdict,
)


def _check(status: Status = "passed") -> DataCheck:
    return DataCheck("labels", "Labels are known.", "warning", "0-9", "0-9", status)


def test_warning_passes_and_no_check_at_all_does_not(tmp_path: Path) -> None:
    verdict = Verdict("items", (_check(), _check("failed")))
    write_verdict(verdict, tmp_path)
    assert pass_or_refuse(tmp_path, "items") == verdict
    # What tables of checks show beside the name.
    assert verdict.checks[0].note == "Labels are known."
    write_verdict(Verdict("items", ()), tmp_path)
    with pytest.raises(DataRefused, match="no check ran"):
        pass_or_refuse(tmp_path, "items")


def test_critical_failure_is_refused_with_its_first_items(tmp_path: Path) -> None:
    items = tuple(f"train/{number}" for number in range(6))
    failed = replace(
        _check("failed"), severity="critical", num_failing=70, failing_items=items
    )
    write_verdict(Verdict("items", (_check(), failed)), tmp_path)
    message = r"1 of 2 checks failed(.|\n)*\(train/0, .*, train/4 and 65 more\)"
    with pytest.raises(DataRefused, match=message):
        pass_or_refuse(tmp_path, "items")


def test_verdict_of_another_stage_is_an_error(tmp_path: Path) -> None:
    write_verdict(Verdict("items", (_check(),)), tmp_path)
    with pytest.raises(ValueError, match="'distributions' was given .* 'items'"):
        pass_or_refuse(tmp_path, "distributions")


def test_check_that_was_edited_is_noticed(tmp_path: Path) -> None:
    """The result as a whole stays: the check is a warning."""
    write_verdict(Verdict("items", (_check(), _check("failed"))), tmp_path)
    content = read_json(tmp_path / VERDICT_FILE, "")
    content["checks"][1]["passed"] = True
    write_json(tmp_path / VERDICT_FILE, content)
    with pytest.raises(DamagedFile, match="contradict"):
        pass_or_refuse(tmp_path, "items")
