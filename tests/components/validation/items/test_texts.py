# SPDX-License-Identifier: Apache-2.0
"""Checks on a table of texts, and its section of the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from components.contracts.modality import MODALITIES
from components.contracts.splits import SPLITS
from components.report.section import read_section
from components.validation.items.checks.labels import every_label_occurs
from components.validation.items.checks.texts import (
    splits_are_blocks,
    vocabulary_coverage,
)
from components.validation.items.settings import ItemSettings
from components.validation.items.validate import validate_items
from components.validation.settings import load_settings
from pipelines.fingerprint import PROJECT_ROOT

TEXT = MODALITIES["text"]
TEXTS = {
    "train": ["She saw the Queen.", "The Queen saw <b>her</b>!", "'Oh!'"],
    "validation": ["The King saw the Queen."],
    "test": ["She saw the Mouse."],
}


@pytest.fixture
def table() -> pd.DataFrame:
    """Five paragraphs of two chapters."""
    pairs = [(split, text) for split in SPLITS for text in TEXTS[split]]
    rows = [_row(number, *pair) for number, pair in enumerate(pairs)]
    return pd.DataFrame(rows, columns=list(TEXT.columns)).astype(dict(TEXT.columns))


@pytest.fixture
def settings() -> ItemSettings:
    return load_settings(PROJECT_ROOT / "data" / "alice" / "expectations.yaml").items


def test_blocks_in_order_hold(table: pd.DataFrame) -> None:
    assert splits_are_blocks(table).passed
    assert splits_are_blocks(table.sample(frac=1, random_state=0)).passed


@pytest.mark.parametrize(
    ("splits", "item_ids"),
    [
        ("train test train validation test", ("02/0002", "02/0003")),
        ("test train train train validation", ("01/0001", "02/0002", "02/0003")),
        ("train validation train validation test", ("02/0002",)),
    ],
)
def test_paragraph_in_a_later_block_is_named(
    table: pd.DataFrame, splits: str, item_ids: tuple[str, ...]
) -> None:
    table["split"] = splits.split()

    result = splits_are_blocks(table)

    assert not result.passed
    assert set(item_ids) <= set(result.item_ids)


def test_coverage_counts_the_tokens_known_from_training(table: pd.DataFrame) -> None:
    # Of five words and a full stop `king` is new, of four and one `mouse`.
    assert vocabulary_coverage(table, 0.8).passed
    result = vocabulary_coverage(table, 0.81)
    assert not result.passed
    assert result.received == "0.833 in validation, 0.800 in test"


def test_split_without_text_has_no_coverage(table: pd.DataFrame) -> None:
    assert not vocabulary_coverage(table[table["split"] != "test"], 0.5).passed


def test_missing_label_is_named(table: pd.DataFrame) -> None:
    assert every_label_occurs(table, ["01", "02"]).passed
    result = every_label_occurs(table, ["01", "02", "03", "04"])
    assert (result.passed, result.received) == (False, "missing: 03, 04")


def test_report_shows_blocks_and_paragraphs(
    table: pd.DataFrame,
    write_table: Callable[[pd.DataFrame], str],
    settings: ItemSettings,
    tmp_path: Path,
) -> None:
    table.loc[4, "text"] = "The Project Gutenberg <i>eBook</i>."

    verdict = validate_items(write_table(table), TEXT, settings, tmp_path / "out", {})

    failed = {check.name for check in verdict.failed}
    assert {"no_licence_text", "every_label_occurs", "row_counts"} <= failed
    html = read_section(tmp_path / "out").html
    assert "Where the text is cut" in html
    assert "Sample texts" in html
    assert "The Project Gutenberg &lt;i&gt;eBook&lt;/i&gt;." in html
    assert "<i>" not in html
    assert "<img" not in html


def _row(number: int, split: str, text: str) -> dict[str, Any]:
    chapter = "01" if number < 2 else "02"
    return {
        "item_id": f"{chapter}/{number:04d}",
        "split": split,
        "official_split": "",
        "label": chapter,
        "group": "",
        "content_sha256": f"{number:064d}",
        "position": number,
        "num_characters": len(text),
        "num_words": len(text.split()) + 1,
        "text": text,
        "fault": "",
    }
