# SPDX-License-Identifier: Apache-2.0
"""Ratings of a user's own, from two tables to a model that recommends."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.support.datasets.ratings import draw_lines
from tests.support.external_loads import find_external_loads
from tests.support.project import Project, make_project

pytestmark = pytest.mark.slow

RECIPE: Final = "stars-factors"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with ratings in steps that no binary number is equal to."""
    folder = tmp_path_factory.mktemp("ratings")
    lines = draw_lines()
    rows = [f"{user},{film},0.{stars},{time}" for user, film, stars, time in lines]
    films = sorted({line[1] for line in lines})
    source = folder / "source"
    source.mkdir()
    _write(source / "ratings.csv", ["user,film,rating,time", *rows])
    _write(source / "films.csv", ["film,title", *(f"{f},Film {f}" for f in films)])
    project = make_project(folder / "project")
    project.check("prodl", "new", "data", "stars", "--from", str(source))
    project.check(
        *("prodl", "new", "recipe", RECIPE, "--data", "stars", "--family", "factors")
    )
    return project


@pytest.fixture(scope="module")
def first_run(project: Project) -> str:
    output = project.check("prodl", "run", RECIPE).stdout
    project.check("prodl", "publish", RECIPE)
    return output


def _write(path: Path, rows: list[str]) -> None:
    path.write_text("\n".join([*rows, ""]))


def test_run_passes_its_gate_and_its_page_shows_what_was_learnt(
    project: Project, first_run: str
) -> None:
    assert "verdict: passed" in first_run
    metrics = project.read_json(f"metrics/{RECIPE}.json")
    assert metrics["test_rmse_over_bias_baseline_high"] < 1
    page = (project.root / f"reports/{RECIPE}/index.html").read_text()
    assert find_external_loads(page) == []
    for words in ("Error (RMSE) by number of factors", "Recommendations", "Film f0"):
        assert words in page


def test_somebody_who_rated_films_is_answered(
    project: Project, first_run: str, tmp_path: Path
) -> None:
    rated = {"f00": 0.5, "Film f02": 0.5, "f01": 0.1, "f03": 0.1}
    table = tmp_path / "mine.csv"
    _write(table, ["film,rating", *(f"{film},{r}" for film, r in rated.items())])
    for given in (json.dumps(rated), str(table)):
        answer = project.check("prodl", "predict", RECIPE, given, "--count", "3").stdout
        films = [line.split("Film f")[1][:2] for line in answer.splitlines()[1:]]
        # One half of the films is to this taste.
        assert [int(film) % 2 for film in films] == [0, 0, 0]
    asked = ("--for", "Film f04", "--for", "f05")
    answer = project.check("prodl", "predict", RECIPE, json.dumps(rated), *asked).stdout
    liked, other = (
        float(line.partition("(")[2].partition(")")[0])
        for line in answer.splitlines()[1:]
    )
    assert liked > other + 0.1


def test_user_is_recommended_nothing_that_the_model_saw_rated(
    project: Project, first_run: str
) -> None:
    answer = project.check("prodl", "predict", RECIPE, "u03", "--count", "30").stdout
    listed = {line.partition("[")[2].rstrip("]") for line in answer.splitlines()[1:]}
    rated = [line[1] for line in draw_lines() if line[0] == "u03"]
    # In the order of time: the last tenth is the test split, which no model knows.
    assert not listed & set(rated[:18])
    assert set(rated[18:]) < listed
    refused = project.prodl("predict", RECIPE, "nobody")
    assert "no such user" in refused.stdout + refused.stderr
    assert refused.returncode != 0
