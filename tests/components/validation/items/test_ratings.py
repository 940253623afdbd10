# SPDX-License-Identifier: Apache-2.0
"""The page of ratings shows scale, long tail and hit lists."""

from pathlib import Path

import pytest

from components.contracts.item_table import TABLE_FILE
from components.contracts.modality import MODALITIES
from components.contracts.step_data import read_step_data
from components.validation.items.rating_figures import describe_ratings
from components.validation.items.section import render
from components.validation.items.settings import ItemSettings, read_checks
from components.validation.items.validate import validate_items
from tests.support.datasets.ratings import (
    draw_lines,
    item_table,
    read_items,
    write_raw,
)


def test_figures_are_those_of_the_sound_ratings(tmp_path: Path) -> None:
    lines = draw_lines()
    lines[0][2] = "9"
    table = item_table(read_items(write_raw(tmp_path, lines)))
    found = describe_ratings(table)["ratings"]
    assert (found["num_users"], found["num_items"]) == (60, 30)
    assert found["num_ratings"] == len(lines) - 1
    for shares in found["shares"].values():
        assert sum(shares) == pytest.approx(1)
    counts = found["item_tail"]["count"]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(lines) - 1
    best = [mean for _, _, _, mean in found["best_rated"]]
    assert best == sorted(best, reverse=True)


def test_page_shows_them_and_marks_what_is_left_out(tmp_path: Path) -> None:
    lines = draw_lines()
    lines[0][2] = "9"
    lines.append(list(lines[1]))
    table = item_table(read_items(write_raw(tmp_path / "raw", lines)))
    items = tmp_path / "items"
    items.mkdir()
    table.to_parquet(items / TABLE_FILE)
    settings = ItemSettings(
        classes=(),
        listed_failures=5,
        samples_per_class=3,
        expectations=read_checks(
            {
                "ratings_are_on_scale": {
                    "description": "One to five.",
                    "severity": "critical",
                    "values": [1, 2, 3, 4, 5],
                }
            },
            "checks",
        ),
    )
    kind, out = MODALITIES["ratings"], tmp_path / "out"
    verdict = validate_items(str(items), kind, settings, out, {"dataset": "films"})
    assert not verdict.passed
    page = render(read_step_data(out)).html
    for words in ("Hit lists", "Rated most often", "Film f0", "not a rating"):
        assert words in page
    assert "ratings/0000000" in page
    # Ratings have no class, which a list of duplicates could name.
    twice = page.partition("Duplicates found")[2].partition("</table>")[0]
    assert "ratings/0000001 (" in twice
    assert ", )" not in twice
    # A chart by user would have no bar that can be told from another.
    assert "time in each split" in page
    assert "user in each split" not in page
    assert "item in each split" not in page
    # All users rated within a week from 880,000,000 seconds on.
    assert "1997-11-2" in page.partition("Sample rows")[2]
