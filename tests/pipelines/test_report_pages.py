# SPDX-License-Identifier: Apache-2.0
"""A page says passed only where the verdict does."""

from pathlib import Path

import pytest

from components.core.project import project_root
from components.ingest.source_list import read_source_list
from pipelines.config import load_config
from pipelines.nodes import ITEM_VALIDATION
from pipelines.report_pages import write_dataset_page, write_recipe_page
from pipelines.verdicts import recipe_verdict
from tests.support.passed_run import PassedState, make_passed_state
from tests.support.project import RECIPE


@pytest.fixture
def passed(tmp_path: Path) -> PassedState:
    return make_passed_state(tmp_path / "state", RECIPE)


def _dataset_page(passed: PassedState, folder: Path) -> str:
    source_list = read_source_list(project_root(), "mnist")
    write_dataset_page(source_list, passed.record, folder / "page.html")
    return (folder / "page.html").read_text()


def test_data_page_of_a_whole_run_says_passed(
    passed: PassedState, tmp_path: Path
) -> None:
    assert "The data passed every check." in _dataset_page(passed, tmp_path)


def test_data_page_without_results_says_that_nothing_is_known(
    passed: PassedState, tmp_path: Path
) -> None:
    step = next(s for s in passed.record.steps if s.node == ITEM_VALIDATION.node)
    step.outputs.clear()
    html = _dataset_page(passed, tmp_path)
    assert "nothing is known" in html
    assert "passed every check" not in html


def test_page_of_a_model_without_a_blessing_names_what_is_missing(
    passed: PassedState, tmp_path: Path
) -> None:
    config = load_config(project_root())
    verdict = recipe_verdict(RECIPE, passed.state, passed.record, None)
    source_list = read_source_list(config.root, "mnist")
    page = tmp_path / "page.html"
    write_recipe_page(config, source_list, passed.record, verdict, page)
    html = page.read_text()
    assert "the metadata store has not blessed the model" in html
    assert "may be published" not in html
