# SPDX-License-Identifier: Apache-2.0
"""Checks on items: each passes sound items and refuses its planted fault."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from components.contracts.modality import MODALITIES
from components.validation.items.checks.faults import ItemsAreSound
from components.validation.items.great_expectations import check_items
from components.validation.items.settings import ItemSettings
from components.validation.verdict import DataCheck


def judge(table: pd.DataFrame, settings: ItemSettings) -> dict[str, DataCheck]:
    return {
        check.name: check for check in check_items(table, MODALITIES["image"], settings)
    }


def failed(table: pd.DataFrame, settings: ItemSettings) -> set[str]:
    return {name for name, check in judge(table, settings).items() if not check.passed}


def only(settings: ItemSettings, name: str) -> ItemSettings:
    """The settings with a single expectation: the others take no time."""
    return replace(settings, expectations={name: settings.expectations[name]})


def test_sound_items_pass_every_check(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    checks = judge(table, item_settings)
    assert list(checks) == list(item_settings.expectations)
    assert {check.status for check in checks.values()} == {"passed"}
    assert checks["labels_are_known"].received == "0 of 80 items"
    assert checks["image_size"].wanted == "width 28, height 28, channels 1"


def label_out_of_range(table: pd.DataFrame) -> None:
    table.loc[3, ["label", "fault"]] = ["11", "label '11' is not one of 0-9"]


def unreadable_item(table: pd.DataFrame) -> None:
    table.loc[3, ["fault", "width", "height", "channels"]] = ["truncated", 0, 0, 0]


def same_identifier(table: pd.DataFrame) -> None:
    table.loc[3, "item_id"] = "train/00004"


def lost_test_item(table: pd.DataFrame) -> None:
    table.drop(index=79, inplace=True)


def item_of_test_in_training(table: pd.DataFrame) -> None:
    table.loc[[79, 9], "split"] = ["train", "validation"]


def missing_class(table: pd.DataFrame) -> None:
    table.loc[(table["split"] == "test") & (table["label"] == "7"), "label"] = "6"


def unbalanced_classes(table: pd.DataFrame) -> None:
    table.loc[[7, 17], "label"] = "6"


def wrong_size(table: pd.DataFrame) -> None:
    table.loc[3, "width"] = 20


def too_bright(table: pd.DataFrame) -> None:
    table.loc[3, "mean"] = 240.0


def no_number(table: pd.DataFrame) -> None:
    table.loc[3, "mean"] = np.nan


def leaked_into_test(table: pd.DataFrame) -> None:
    table.loc[70, "content_sha256"] = table.loc[3, "content_sha256"]


def leaked_into_validation(table: pd.DataFrame) -> None:
    table.loc[50, "content_sha256"] = table.loc[3, "content_sha256"]


def group_across_splits(table: pd.DataFrame) -> None:
    table.loc[50, "group"] = table.loc[3, "group"]


@pytest.mark.parametrize(
    ("plant", "name", "also", "received", "items"),
    [
        (
            label_out_of_range,
            "labels_are_known",
            {"items_are_sound"},
            "1 of 80 items: label '11'",
            ("train/00003",),
        ),
        (
            unreadable_item,
            "items_are_sound",
            set(),
            "1 of 80 items: fault 'truncated'",
            ("train/00003",),
        ),
        (
            same_identifier,
            "item_ids_unique",
            set(),
            "2 of 80 items: item_id 'train/00004'",
            ("train/00004",),
        ),
        (
            lost_test_item,
            "row_counts",
            {"class_balance"},
            "train+validation 60, test 19",
            (),
        ),
        (
            item_of_test_in_training,
            "official_split_preserved",
            {"row_counts", "class_balance"},
            "official test in train: 1",
            ("test/00079",),
        ),
        (
            missing_class,
            "every_class_present",
            {"class_balance"},
            "class 7: 0 in test",
            (),
        ),
        (
            unbalanced_classes,
            "class_balance",
            set(),
            "3 in train, 1 in validation, 1 in test",
            (),
        ),
        (
            wrong_size,
            "image_size",
            set(),
            "1 of 80 items: width 20",
            ("train/00003",),
        ),
        (
            too_bright,
            "pixel_range",
            set(),
            "1 of 80 items: mean 240",
            ("train/00003",),
        ),
        (no_number, "pixel_range", set(), "1 of 80 items: mean -1", ("train/00003",)),
        (
            leaked_into_test,
            "no_content_shared_across_splits",
            set(),
            "shared contents: 1",
            ("test/00070", "train/00003"),
        ),
        (
            leaked_into_validation,
            "no_content_shared_across_splits",
            set(),
            "shared contents: 1",
            ("train/00003", "train/00050"),
        ),
        (
            group_across_splits,
            "no_content_shared_across_splits",
            set(),
            "shared groups: 1",
            ("train/00003", "train/00050"),
        ),
    ],
)
def test_planted_fault_is_refused_by_its_check(
    table: pd.DataFrame,
    item_settings: ItemSettings,
    plant: Callable[[pd.DataFrame], None],
    name: str,
    also: set[str],
    received: str,
    items: tuple[str, ...],
) -> None:
    plant(table)
    checks = judge(table, item_settings)
    assert {n for n, check in checks.items() if not check.passed} == {name} | also
    assert checks[name].status == "failed"
    assert checks[name].received == received
    assert checks[name].failing_items == items


def test_blank_image_is_refused_by_its_check(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    table.loc[3, "std"] = 0.0
    assert failed(table, only(item_settings, "images_are_not_blank")) == {
        "images_are_not_blank"
    }


def test_tolerated_share_of_faulty_items_passes(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    unreadable_item(table)
    check = ItemsAreSound("Most could be read.", "critical", max_faulty_share=0.02)
    settings = replace(item_settings, expectations={"items_are_sound": check})
    found = judge(table, settings)["items_are_sound"]
    assert found.passed
    assert found.wanted == "at most 0.02 of the items with a fault"
    assert found.received == "1 of 80 items: fault 'truncated'"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("labels_are_known", "label"),
        ("items_are_sound", "fault"),
        ("item_ids_unique", "item_id"),
        ("row_counts", "split"),
        ("official_split_preserved", "official_split"),
        ("every_class_present", "label"),
        ("class_balance", "fault"),
        ("image_size", "channels"),
        ("pixel_range", "std"),
        ("images_are_not_blank", "std"),
        ("no_content_shared_across_splits", "group"),
    ],
)
def test_missing_column_is_an_error_and_no_pass(
    table: pd.DataFrame, item_settings: ItemSettings, name: str, column: str
) -> None:
    settings = only(item_settings, name)
    check = judge(table.drop(columns=column), settings)[name]
    assert check.status == "error"
    assert check.received.startswith("error: the check could not run: ")
    assert column in check.received


def test_missing_label_counts_as_unknown(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    table.loc[3, "label"] = pd.NA
    check = judge(table, only(item_settings, "labels_are_known"))["labels_are_known"]
    assert check.received == "1 of 80 items: label ''"


def test_list_of_failing_items_is_bounded_and_their_number_is_not(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    table["width"] = 20
    table["split"] = "train"
    checks = judge(table, item_settings)
    for name, number in {"image_size": 80, "official_split_preserved": 20}.items():
        assert len(checks[name].failing_items) == item_settings.listed_failures == 3
        assert checks[name].num_failing == number


def test_table_without_any_item_is_refused(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    refused = failed(table.head(0), item_settings)
    assert {"row_counts", "class_balance"} <= refused


def test_checking_leaves_the_table_as_it_is(
    table: pd.DataFrame, item_settings: ItemSettings
) -> None:
    unreadable_item(table)
    before = table.copy()
    judge(table, item_settings)
    pd.testing.assert_frame_equal(table, before)
