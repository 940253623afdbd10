# SPDX-License-Identifier: Apache-2.0
"""Ratings of a caller: all forms are read, and what is none is refused in a line."""

from pathlib import Path

import pytest

from components.contracts.ratings_layout import RatingsLayout
from components.serving.rating_files import RatedItem, Unreadable, read_rated

LAYOUT = RatingsLayout(item="film", title="name", called="film")
RATED = [RatedItem("Fog", 4.0), RatedItem("Low tide", 2.5)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.json", '{"Fog": 4, "Low tide": 2.5}'),
        ("mine.json", '[["Fog", 4], {"film": "Low tide", "rating": "2.5"}]'),
        ("mine.csv", "\ufefffilm,rating\nFog,4\nLow tide,2.5\n"),
        ("mine.tsv", "name\trating\nFog\t4\nLow tide\t2.5\n"),
    ],
)
def test_each_form_is_read(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert read_rated(str(path), LAYOUT) == RATED


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.json", "5", "expected an object or a list, received 5"),
        ("mine.json", "null", "expected an object or a list, received None"),
        ("mine.json", '{"Fog": ' + "9" * 400 + "}", "not a rating: 999"),
        ("mine.json", '{"Fog": NaN}', "expected ratings of 1 to 5, received nan"),
        ("mine.json", "[" * 100_000, "nested too deeply"),
        ("mine.csv", f"film,rating\n{'x' * 200_000},4\n", "it is no CSV"),
        ("mine.csv", "film,stars\nFog,4\n", "expected the column 'rating'"),
        ("mine.csv", "film,rating\n" + "Fog,4\n" * 3_000_000, "more than 16,777,216"),
    ],
)
def test_what_is_no_list_of_ratings_is_refused(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Unreadable, match=message):
        read_rated(str(path), LAYOUT)
