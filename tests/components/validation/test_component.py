# SPDX-License-Identifier: Apache-2.0
"""The components, run by TFX's own executors without MLMD."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tfx.types import standard_artifacts

from components.contracts.artifacts import (
    DataBlessing,
    ItemTable,
    RawDataset,
    ValidationResult,
)
from components.core.errors import DataRefused
from components.core.records import to_json
from components.report.section import read_section
from components.validation.component import DataGate, ProvideSchema, ValidateItems
from components.validation.distributions.schema import SCHEMA_FILE
from components.validation.gate import BLESSED_FILE
from components.validation.items.settings import ItemSettings

WriteTable = Callable[[pd.DataFrame], str]


def artifact(kind: Any, folder: Path | str) -> Any:
    made = kind()
    made.uri = str(folder)
    return made


def run(component: Any, inputs: Any, outputs: Any, **parameters: str) -> None:
    executor = component.EXECUTOR_SPEC.executor_class()
    executor.Do(
        {name: [value] for name, value in inputs.items()},
        {name: [value] for name, value in outputs.items()},
        {**parameters, "code_fingerprint": "fingerprint"},
    )


def validate(uri: str, settings: ItemSettings, folder: Path) -> Any:
    raw = artifact(RawDataset, folder / "raw")
    raw.set_string_custom_property("variant", "official")
    raw.set_string_custom_property("name", "Acquire:raw:2026")
    result = artifact(ValidationResult, folder / "result")
    run(
        ValidateItems,
        {"items": artifact(ItemTable, uri), "raw": raw},
        {"result": result},
        modality="image",
        table="",
        expectations=to_json(settings),
    )
    return result


def test_sound_items_are_blessed(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    result = validate(write_table(table), item_settings, tmp_path)
    assert result.get_int_custom_property("passed") == 1
    assert result.get_string_custom_property("failed_checks") == ""
    assert read_section(result.uri).facts["dataset"] == {"variant": "official"}
    blessing = artifact(DataBlessing, tmp_path / "blessing")
    run(DataGate, {"result": result}, {"blessing": blessing}, stage="items")
    assert (tmp_path / "blessing" / BLESSED_FILE).exists()
    assert blessing.get_int_custom_property("blessed") == 1


def test_bad_items_are_reported_by_one_node_and_refused_by_the_next(
    table: pd.DataFrame,
    write_table: WriteTable,
    item_settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[3, "width"] = 20
    table.loc[[7, 17], "label"] = "6"
    result = validate(write_table(table), item_settings, tmp_path)
    assert result.get_int_custom_property("passed") == 0
    failed = result.get_string_custom_property("failed_checks")
    assert failed == "class_balance, image_size"
    blessing = artifact(DataBlessing, tmp_path / "blessing")
    with pytest.raises(DataRefused, match="1 of 11 checks failed.\n- image_size"):
        run(DataGate, {"result": result}, {"blessing": blessing}, stage="items")
    assert not (tmp_path / "blessing").exists()


def test_schema_enters_the_pipeline_as_text(tmp_path: Path) -> None:
    schema = artifact(standard_artifacts.Schema, tmp_path / "schema")
    text = '# A comment.\nfeature { name: "label" type: BYTES }\n'
    run(ProvideSchema, {}, {"schema": schema}, schema_text=text)
    assert (tmp_path / "schema" / SCHEMA_FILE).read_text() == text
