# SPDX-License-Identifier: Apache-2.0
"""Ratings of a user are recognised by their headers, and limits learned from them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from components.core.errors import DataRefused, UsageError
from components.ingest.source_list import read_source_list
from components.validation.settings import load_settings
from pipelines.config import load_config
from pipelines.new_data.new_data import NewData, new_data
from pipelines.new_project.new_project import new_project
from pipelines.new_recipe.new_recipe import new_recipe
from tests.support.datasets.ratings import Line, draw_lines

PARAMS = """\
datasets: {}
recipes: {}
beam:
  pipeline_args: [--runner=DirectRunner]
"""
HEADERS = ("userId", "movieId", "rating", "timestamp")


def _write(
    folder: Path,
    lines: Sequence[Line],
    headers: Sequence[str] = HEADERS,
    delimiter: str = ",",
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [headers, *lines]
    text = "\n".join([*(delimiter.join(row) for row in rows), ""])
    (folder / "ratings.csv").write_text(text)
    films = sorted({line[1] for line in lines})
    titles = [f"{headers[1]}{delimiter}title", *(f"{f}{delimiter}T {f}" for f in films)]
    (folder / "movies.csv").write_text("\n".join([*titles, ""]))
    return folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "params.yaml").write_text(PARAMS)
    monkeypatch.chdir(root)
    return root


def _make(root: Path, source: Path, target: str = "") -> tuple[NewData, str]:
    lines: list[str] = []
    made = new_data(root, "stars", source, target, report=lines.append)
    return made, "\n".join(lines)


def test_columns_scale_and_titles_are_found(root: Path, tmp_path: Path) -> None:
    made, shown = _make(root, _write(tmp_path / "in", draw_lines()))
    layout = read_source_list(root, "stars").ratings
    assert layout is not None
    assert (layout.user, layout.item, layout.time) == ("userId", "movieId", "timestamp")
    assert (layout.title, layout.called) == ("title", "film")
    assert layout.values == (1, 2, 3, 4, 5)
    assert "60, of the column userId" in shown
    assert "(by time, for each user)" in shown
    found = made.inspection
    assert found.split_sizes == {"train": 960, "validation": 120, "test": 120}
    modality = read_source_list(root, "stars").item_kind
    load_settings(root / "data/stars/expectations.yaml", modality)


@pytest.mark.parametrize(
    ("headers", "delimiter"),
    [
        (("user", "book", "stars", "date"), ";"),
        (("User ID", "Item ID", "Score", "time"), ","),
    ],
)
def test_other_headers_and_delimiters_are_known(
    root: Path, tmp_path: Path, headers: Sequence[str], delimiter: str
) -> None:
    made, _ = _make(root, _write(tmp_path / "in", draw_lines(), headers, delimiter))
    assert made.inspection.kind.name == "ratings"
    assert made.inspection.num_faulty == 0


def test_named_target_makes_a_table_of_them(root: Path, tmp_path: Path) -> None:
    made, _ = _make(
        root, _write(tmp_path / "in", draw_lines()) / "ratings.csv", "rating"
    )
    assert made.inspection.kind.name == "table"


def test_numbers_of_many_values_are_no_ratings(root: Path, tmp_path: Path) -> None:
    lines = draw_lines()
    for number, line in enumerate(lines):
        line[2] = str(number % 100)
    with pytest.raises(DataRefused, match=r"(?s)2 to 20 different.*--target"):
        _make(root, _write(tmp_path / "in", lines))
    assert not (root / "data").exists()


def test_first_recipe_has_the_factors_that_the_data_have(
    root: Path, tmp_path: Path
) -> None:
    _make(root, _write(tmp_path / "in", draw_lines()))
    made = new_recipe(root, "stars-factors", dataset="stars", family="factors")
    recipe = load_config(root).recipe("stars-factors")
    assert recipe.params.factors in (2, 4, 8)
    assert {"item_mean", "biases", "factors"} <= set(made.fitted.figures)
    assert 0.3 < recipe.gate["test_rmse_over_item_mean"]["max"] < 0.9
    assert recipe.gate["test_recommended_rated_share"] == {"max": 0.0}


def test_project_of_a_network_is_not_made_of_ratings(tmp_path: Path) -> None:
    source = _write(tmp_path / "in", draw_lines())
    with pytest.raises((DataRefused, UsageError), match="prodl new data NAME"):
        new_project(tmp_path / "own", source, report=lambda line: None)
    assert not (tmp_path / "own").exists()
