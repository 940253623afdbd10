# SPDX-License-Identifier: Apache-2.0
"""Planted faults in ratings are refused by the check that is about them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from components.contracts.modality import MODALITIES
from components.validation.items.great_expectations import check_items
from components.validation.items.settings import ItemSettings, read_checks
from tests.support.datasets.ratings import (
    FIRST_TIME,
    Line,
    draw_lines,
    item_table,
    read_items,
    write_raw,
)

CHECKS = {
    "ratings_are_on_scale": {"values": [1, 2, 3, 4, 5], "max_other_share": 0.001},
    "ratings_are_unique": {"max_doubled_share": 0.001},
    "times_are_past": {"latest": "1998-06-30", "max_future_share": 0.001},
    "users_use_the_scale": {"max_share": 0.02},
    "items_have_titles": {"max_untitled_share": 0.01},
    "no_user_dominates": {"max_share": 0.4},
    "later_splits_are_later": {},
    "later_ratings_are_known": {"max_unknown_share": 0.02},
}


def _off_scale(lines: list[Line]) -> None:
    for line in lines[:3]:
        line[2] = "6"


def _doubled(lines: list[Line]) -> None:
    lines += [[*line[:3], str(int(line[3]) + 1)] for line in lines[:3]]


def _in_the_future(lines: list[Line]) -> None:
    for line in lines[:3]:
        line[3] = "2147000000"


def _always_five(lines: list[Line]) -> None:
    for line in lines[:40]:
        line[2] = "5"


def _one_user_rates_most(lines: list[Line]) -> None:
    lines += [["bot", f"b{n}", str(1 + n % 5), str(FIRST_TIME + n)] for n in range(900)]


def _failed(lines: list[Line], folder: Path, titles: bool = True) -> set[str]:
    table = item_table(read_items(write_raw(folder, lines, titles)))
    settings = ItemSettings(
        classes=(),
        listed_failures=5,
        samples_per_class=1,
        expectations=read_checks(
            {
                name: {"description": name, "severity": "critical", **limits}
                for name, limits in CHECKS.items()
            },
            "checks",
        ),
    )
    found = check_items(table, MODALITIES["ratings"], settings)
    return {check.name for check in found if not check.passed}


def test_sound_ratings_pass(tmp_path: Path) -> None:
    assert not _failed(draw_lines(), tmp_path)


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (_off_scale, "ratings_are_on_scale"),
        (_doubled, "ratings_are_unique"),
        (_in_the_future, "times_are_past"),
        (_always_five, "users_use_the_scale"),
        (_one_user_rates_most, "no_user_dominates"),
    ],
)
def test_planted_fault_is_refused_by_its_check(
    plant: Callable[[list[Line]], None], check: str, tmp_path: Path
) -> None:
    lines = draw_lines()
    plant(lines)
    failed = _failed(lines, tmp_path)
    # Of the films that one user alone rates, those in the last tenth are unknown.
    assert failed - {"later_ratings_are_known", "items_have_titles"} == {check}


def test_films_without_titles_are_refused(tmp_path: Path) -> None:
    assert _failed(draw_lines(), tmp_path, titles=False) == {"items_have_titles"}


def test_ratings_that_are_not_split_by_time_are_refused(tmp_path: Path) -> None:
    items = read_items(write_raw(tmp_path, draw_lines()))
    table = item_table(items)
    table["split"] = table["split"].sample(frac=1, random_state=0).to_numpy()
    check = read_checks(
        {"later_splits_are_later": {"description": "x", "severity": "critical"}}, "x"
    )
    settings = ItemSettings((), 5, 1, check)
    (found,) = check_items(table, MODALITIES["ratings"], settings)
    assert not found.passed
