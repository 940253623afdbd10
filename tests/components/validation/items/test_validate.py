# SPDX-License-Identifier: Apache-2.0
"""The section on items: always there, self-contained, with faults and pictures."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from components.contracts.modality import MODALITIES
from components.contracts.step_data import RECORD_FILE
from components.core.errors import DataRefused
from components.report.section import read_section
from components.validation.gate import pass_or_refuse
from components.validation.items import section
from components.validation.items.settings import ItemSettings
from components.validation.items.validate import validate_items
from components.validation.verdict import VERDICT_FILE, read_verdict
from tests.support.external_loads import find_external_loads

FACTS = {
    "dataset": "mnist",
    "variant": "official",
    "licence": "CC BY-SA 3.0",
    "content_sha256": "5eed" * 16,
    "dvc_md5": "f00d" * 8,
}
IMAGE = MODALITIES["image"]
WriteTable = Callable[[pd.DataFrame], str]


def test_sound_items_pass_the_gate_and_are_described(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    verdict = validate_items(
        write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS
    )
    assert verdict.passed
    assert pass_or_refuse(tmp_path / "out", "items") == verdict
    found = read_section(tmp_path / "out")
    assert (found.name, found.verdict) == ("items", "passed")
    assert found.facts["counts"]["7"] == {"train": 4, "validation": 2, "test": 2}
    assert all(fact in found.html for fact in FACTS.values())
    assert found.html.count("<img") == 10 * item_settings.samples_per_class
    assert find_external_loads(found.html) == []


def test_refused_items_have_a_report_with_their_pictures(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[70, "content_sha256"] = table.loc[3, "content_sha256"]
    validate_items(write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS)
    found = read_section(tmp_path / "out")
    assert found.verdict == "refused"
    assert "no_content_shared_across_splits: 2 items" in found.html
    assert 'alt="fails no_content_shared_across_splits: test/00070' in found.html
    assert "Duplicates found" in found.html
    assert found.facts["num_repeated"] == 2
    with pytest.raises(DataRefused, match="no_content_shared_across_splits") as error:
        pass_or_refuse(tmp_path / "out", "items")
    message = str(error.value)
    assert "test/00070, train/00003" in message
    assert "wanted each content and each group in one split only" in message
    assert str(tmp_path / "out") in message
    assert error.value.exit_code == 4


def test_warning_shows_and_does_not_block(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[[7, 17], "label"] = "6"
    verdict = validate_items(
        write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS
    )
    assert [check.name for check in verdict.failed] == ["class_balance"]
    assert read_section(tmp_path / "out").verdict == "warning"
    assert pass_or_refuse(tmp_path / "out", "items").passed


def test_check_that_could_not_run_blocks(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    uri = write_table(table.drop(columns="content_sha256"))
    validate_items(uri, IMAGE, item_settings, tmp_path / "out", FACTS)
    with pytest.raises(DataRefused, match="the check could not run"):
        pass_or_refuse(tmp_path / "out", "items")


def test_unreadable_picture_has_an_empty_frame(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[3, ["fault", "width", "height"]] = ["truncated", 0, 0]
    table.at[3, "thumbnail"] = b"no picture"
    table.loc[4, "fault"] = "<b>odd</b>"
    validate_items(write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS)
    html = read_section(tmp_path / "out").html
    assert "not a picture" in html
    assert "truncated" in html
    assert "<b>odd" not in html


def test_same_items_give_the_same_bytes(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[70, "content_sha256"] = table.loc[3, "content_sha256"]
    table.loc[5, ["label", "width"]] = ["x", 20]
    uri = write_table(table)
    for name in ("first", "second"):
        validate_items(uri, IMAGE, item_settings, tmp_path / name, FACTS)
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert {VERDICT_FILE, RECORD_FILE, "item-0000.png"} <= set(first)
    assert not {name for name in first if name.endswith(".html")}
    assert first == second


def test_reworded_caption_needs_no_new_validation(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    validate_items(write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS)
    before = read_section(tmp_path / "out").html
    labels = {**section._FACT_LABELS, "variant": "Edition"}
    monkeypatch.setattr(section, "_FACT_LABELS", labels)
    after = read_section(tmp_path / "out").html
    assert after == before.replace("<dt>Variant</dt>", "<dt>Edition</dt>") != before


def test_verdict_is_read_back_as_it_was(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[3, "width"] = 20
    verdict = validate_items(
        write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS
    )
    assert read_verdict(tmp_path / "out") == verdict


def test_gate_refuses_the_verdict_of_another_stage(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    validate_items(write_table(table), IMAGE, item_settings, tmp_path / "out", FACTS)
    with pytest.raises(ValueError, match="'distributions' was given the verdict on"):
        pass_or_refuse(tmp_path / "out", "distributions")
