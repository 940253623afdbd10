# SPDX-License-Identifier: Apache-2.0
"""Rows of ratings become items; a row that breaks a rule is marked."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from components.core.errors import DataRefused
from tests.support.datasets.ratings import (
    FIRST_TIME,
    LAYOUT,
    Line,
    draw_lines,
    read_items,
    write_options,
    write_raw,
)

FAULTS: list[tuple[int, str, str]] = [
    (0, " ", "user missing"),
    (1, "", "film missing"),
    (1, "f" * 300, "film too long: 300 letters"),
    (1, '"f\n03"', "film has a line break or another control character"),
    (2, "", "rating missing"),
    (2, "6", "not a rating: '6'"),
    (2, "3.5", "not a rating: '3.5'"),
    (2, "good", "not a rating: 'good'"),
    (3, "soon", "not a time: 'soon'"),
    (3, "-5", "not a time: '-5'"),
    (3, "2147000000", "after 1998-06-30: '2147000000'"),
]


def test_row_becomes_an_item_with_the_title_of_its_film(tmp_path: Path) -> None:
    item = read_items(write_raw(tmp_path, [["7", "f03", " 4 ", str(FIRST_TIME)]]))[0]
    assert (item.item_id, item.user, item.item) == ("ratings/0000000", "7", "f03")
    assert (item.target, item.time, item.title) == (4.0, FIRST_TIME, "Film f03")
    assert not item.fault


@pytest.mark.parametrize(("place", "cell", "fault"), FAULTS)
def test_row_that_breaks_a_rule_is_marked(
    tmp_path: Path, place: int, cell: str, fault: str
) -> None:
    lines = draw_lines(2)
    lines[3][place] = cell
    items = read_items(write_raw(tmp_path, lines))
    assert [item.fault for item in items if item.fault] == [fault]
    assert items[3].fault == fault


def test_times_may_be_dates_and_may_be_missing(tmp_path: Path) -> None:
    lines: list[Line] = [["a", "b", "3", "1998-04-22 23:10"], ["a", "c", "3", "1"]]
    items = read_items(write_raw(tmp_path, lines))
    assert items[0].time == 893_286_600
    write_options(tmp_path, replace(LAYOUT, time="", latest=""))
    assert [item.time for item in read_items(tmp_path)] == [0, 1]


def test_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_raw(tmp_path, draw_lines(2))
    write_options(tmp_path, replace(LAYOUT, user="users"))
    with pytest.raises(DataRefused, match="'users'"):
        read_items(tmp_path)


def _movielens() -> dict[str, bytes]:
    """Three ratings, of which the second is the test set of the third fold."""
    lines = b"1\t10\t5\t874965758\n1\t20\t3\t876893171\n2\t10\t4\t875071561\n"
    return {
        "ml-100k/u.data": lines,
        "ml-100k/u.item": b"10|Caf\xe9 (1995)|1995||\n20|Toys (1992)|1992||\n",
        "ml-100k/u3.test": b"1\t20\t3\t876893171\n",
        "ml-100k/README": b"not read",
    }


@pytest.mark.parametrize("packed", [True, False])
def test_movielens_is_read_with_titles_and_folds(tmp_path: Path, packed: bool) -> None:
    if packed:
        with zipfile.ZipFile(tmp_path / "ml-100k.zip", "w") as archive:
            for name, content in _movielens().items():
                archive.writestr(name, content)
    else:
        for name, content in _movielens().items():
            (tmp_path / Path(name).name).write_bytes(content)
    write_options(tmp_path)
    items = read_items(tmp_path)
    assert [item.official_split for item in items] == ["", "fold_3", ""]
    assert [item.title for item in items] == [
        *("Caf\xe9 (1995)", "Toys (1992)", "Caf\xe9 (1995)"),
    ]
    assert items[2].target == 4.0
