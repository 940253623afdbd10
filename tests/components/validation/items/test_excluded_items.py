# SPDX-License-Identifier: Apache-2.0
"""Faults by reason, groups and conflicting labels: checked, and shown with pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from components.contracts.modality import MODALITIES, Modality
from components.report.section import Section, read_section
from components.validation.items.checks.duplicates import key_in_one_split
from components.validation.items.checks.faults import FaultsAreRare, faults_by_reason
from components.validation.items.checks.groups import (
    GroupsAreSmall,
    LabelsAgreeInGroups,
    group_sizes,
    label_conflicts,
)
from components.validation.items.samples import (
    first_excluded,
    first_groups,
    read_pictures,
)
from components.validation.items.settings import ItemSettings
from components.validation.items.validate import validate_items
from tests.support.datasets.photo_archives import photo

LIMITS = {"truncated": 0.05, "not a JPEG": 0.02}
IMAGE = MODALITIES["image"]
PHOTOGRAPH = MODALITIES["photograph"]
Report = Callable[..., Section]


@pytest.fixture
def faulty(table: pd.DataFrame) -> pd.DataFrame:
    """Eighty items, three of them truncated in different ways and one a PNG."""
    table.loc[[3, 4, 5], "fault"] = [f"truncated: {n} bytes" for n in range(3)]
    table.loc[9, "fault"] = "not a JPEG: PNG"
    return table


@pytest.fixture
def related(table: pd.DataFrame) -> pd.DataFrame:
    """Eighty items with a group of three whose labels differ, and one of two."""
    table.loc[[3, 4, 5], "group"] = "g"
    table.loc[[10, 20], ["group", "label"]] = ["h", "0"]
    return table


@pytest.fixture
def report(
    write_table: Callable[[pd.DataFrame], str],
    item_settings: ItemSettings,
    tmp_path: Path,
) -> Report:
    """Validate a table with two items per list, and give the section."""
    name = "item_ids_unique"
    settings = replace(
        item_settings,
        listed_failures=2,
        expectations={name: item_settings.expectations[name]},
    )

    def validate(table: pd.DataFrame, modality: Modality = IMAGE) -> Section:
        validate_items(write_table(table), modality, settings, tmp_path / "out", {})
        return read_section(tmp_path / "out")

    return validate


def test_faults_within_their_limits_pass(faulty: pd.DataFrame) -> None:
    result = faults_by_reason(faulty, LIMITS, 0.0)
    assert result.passed
    assert result.received == "truncated 3, not a JPEG 1, of 80 items"


def test_frequent_reason_is_refused_with_its_items(faulty: pd.DataFrame) -> None:
    result = faults_by_reason(faulty, LIMITS | {"truncated": 0.03}, 0.0)
    assert not result.passed
    assert result.item_ids == tuple(faulty["item_id"][3:6])


def test_reason_that_nobody_named_is_refused(faulty: pd.DataFrame) -> None:
    faulty.loc[12, "fault"] = "link in the archive"
    result = faults_by_reason(faulty, LIMITS, 0.0)
    assert result.item_ids == (faulty["item_id"][12],)
    assert faults_by_reason(faulty, LIMITS, 0.02).passed


def test_large_group_is_refused(related: pd.DataFrame) -> None:
    assert group_sizes(related, max_items=3).passed
    result = group_sizes(related, max_items=2)
    assert result.item_ids == tuple(related["item_id"][3:6])
    assert result.received == "groups of several: 2, the largest has 3"


def test_conflicting_labels_are_counted_by_group(related: pd.DataFrame) -> None:
    result = label_conflicts(related, max_groups=0)
    assert not result.passed
    assert result.item_ids == tuple(related["item_id"][3:6])
    assert label_conflicts(related, max_groups=1).passed


def test_item_left_out_for_its_test_copy_shares_nothing(table: pd.DataFrame) -> None:
    table.loc[70, ["content_sha256", "group"]] = table.loc[3, "content_sha256"]
    assert not key_in_one_split(table, "group").passed
    table.loc[3, "fault"] = "belongs with a test item: test/00010"
    assert key_in_one_split(table, "group").passed


def test_limits_are_worded_for_the_report() -> None:
    checks = (
        (FaultsAreRare("d", "critical", LIMITS), "truncated <= 0.05, not a JPEG"),
        (GroupsAreSmall("d", "critical", 40), "at most 40 items in a group"),
        (LabelsAgreeInGroups("d", "warning", 1), "at most 1 groups with several"),
    )
    for check, wanted in checks:
        assert check.wanted([]).startswith(wanted)


def test_share_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="share of 'truncated' must lie between"):
        FaultsAreRare("d", "critical", {"truncated": 5.0})


def test_report_shows_each_reason_with_pictures_where_there_are_any(
    faulty: pd.DataFrame, write_table: Callable[[pd.DataFrame], str], report: Report
) -> None:
    faulty.at[3, "thumbnail"] = photo(1)
    faulty.at[9, "thumbnail"] = b""
    excluded = first_excluded(faulty, per_reason=2)
    wanted = [item for ids in excluded.values() for item in ids]
    assert wanted == list(faulty["item_id"][[3, 4, 9]])
    pictures = read_pictures(write_table(faulty), wanted, PHOTOGRAPH)
    assert pictures[wanted[0]] == photo(1)
    html = report(faulty, PHOTOGRAPH).html
    assert "truncated: 3" in html
    assert "data:image/jpeg;base64," in html
    assert f"{wanted[2]}</td><td>not a JPEG: PNG" in html


def test_report_shows_groups_with_conflicts_first(
    related: pd.DataFrame, report: Report
) -> None:
    groups = first_groups(related, per_group=2)
    assert groups == [
        list(related["item_id"][3:5]),
        list(related["item_id"][[10, 20]]),
    ]
    html = report(related).html
    assert html.index("Groups with more than one label") < html.index(groups[0][0])


def test_report_says_nothing_where_nothing_is(
    table: pd.DataFrame, report: Report
) -> None:
    html = report(table).html
    assert "Left out, by reason" not in html
    assert "Groups that stay together" not in html
