# SPDX-License-Identifier: Apache-2.0
"""Items stay on their side of the publisher's split."""

from typing import Any

import pandas as pd
import pytest

from components.validation.items.checks.splits import (
    OfficialSplitPreserved,
    official_split_preserved,
)

SETTINGS: Any = {"description": "", "severity": "critical"}
TABLE = pd.DataFrame(
    {
        "item_id": ["a", "b", "c", "d"],
        "official_split": ["test", "train", "extra", ""],
        "split": ["test", "validation", "train", "train"],
    }
)
ALLOWED = {"test": ["test"], "train": ["train", "validation"], "extra": ["train"]}


def test_items_may_be_where_the_settings_allow_it() -> None:
    assert official_split_preserved(TABLE, ALLOWED).passed


def test_official_split_that_the_settings_do_not_name_fails() -> None:
    known = {name: ours for name, ours in ALLOWED.items() if name != "extra"}
    result = official_split_preserved(TABLE, known)
    assert not result.passed
    assert result.item_ids == ("c",)
    assert result.received == "official extra in train: 1"


def test_settings_name_splits_of_the_project() -> None:
    check = OfficialSplitPreserved(splits={"train": ("train",)}, **SETTINGS)
    assert check.wanted(()) == "official train in train"
    with pytest.raises(ValueError, match="unknown split 'tests'"):
        OfficialSplitPreserved(splits={"test": ("tests",)}, **SETTINGS)
