# SPDX-License-Identifier: Apache-2.0
"""`prodl publish` of a refused model: an error unless the recipe may be refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main
from pipelines.data_version import UNKNOWN_DATA
from pipelines.verdicts import RecipeVerdict, write_verdict
from tests.support.project import RECIPE, make_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose last run was refused."""
    root = make_project(tmp_path / "project").root
    reports = root / "reports" / RECIPE
    reports.mkdir(parents=True)
    verdict = RecipeVerdict(
        recipe=RECIPE,
        run=f"{RECIPE}.1",
        passed=False,
        checks=(),
        stopped_at="ItemGate: too few items",
        pushed="",
        evaluation="",
        data=UNKNOWN_DATA,
    )
    write_verdict(verdict, reports)
    return root


def _publish(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["publish", RECIPE, *arguments], env={"PRODL_ROOT": str(root)}
    )


def _allow(root: Path) -> None:
    params = root / "params.yaml"
    mark = f"  {RECIPE}:\n    may_be_refused: true\n"
    params.write_text(params.read_text().replace(f"  {RECIPE}:\n", mark))


@pytest.mark.parametrize("arguments", [(), ("--allow-refused",)])
def test_refused_model_is_an_error(root: Path, arguments: tuple[str, ...]) -> None:
    result = _publish(root, *arguments)
    assert result.exit_code == 5
    assert "stopped at ItemGate: too few items" in result.output
    assert not (root / "models" / RECIPE).exists()


def test_recipe_that_may_be_refused_leaves_an_empty_folder_for_dvc(root: Path) -> None:
    _allow(root)
    result = _publish(root, "--allow-refused")
    assert result.exit_code == 0, result.output
    assert "stopped at ItemGate" in result.output
    assert list((root / "models" / RECIPE).iterdir()) == []


def test_recipe_that_may_be_refused_is_an_error_for_a_person(root: Path) -> None:
    _allow(root)
    assert _publish(root).exit_code == 5


def test_last_good_model_stays_when_its_successor_is_refused(root: Path) -> None:
    _allow(root)
    version = root / "models" / RECIPE / "7"
    version.mkdir(parents=True)
    assert _publish(root, "--allow-refused").exit_code == 0
    assert version.is_dir()


def test_verdict_of_another_version_of_prodl_is_named(root: Path) -> None:
    path = root / "reports" / RECIPE / "verdict.json"
    path.write_text(path.read_text().replace('"passed"', '"blessed"'))
    result = _publish(root)
    assert result.exit_code == 2
    assert f"Make it again with: prodl run {RECIPE}" in result.output
