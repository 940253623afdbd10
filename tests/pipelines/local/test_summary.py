# SPDX-License-Identifier: Apache-2.0
"""A run ends with verdict, figures beside their limits, page and next command."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.contracts.verdicts import GateCheck
from components.evaluator.metrics import Metrics, write_metrics
from pipelines.config import BeamConfig, Config, DatasetConfig, RecipeConfig
from pipelines.data_version import DataVersion
from pipelines.local.summary import after_approval, summarise_dataset, summarise_recipe
from pipelines.verdicts import DatasetVerdict, RecipeVerdict
from tests.support.datasets.table_project import make_table_project

DATA = DataVersion("birds", "own", "data", "a" * 64, "b" * 32, None)
GOOD = GateCheck("accuracy.min", "accuracy", "at least 0.9", "0.95", True)
BAD = GateCheck("log_loss.max", "log_loss", "at most 0.1", "0.2", False)
PASSED = RecipeVerdict("birds-dense", "run", True, (GOOD,), "", "p", "e", DATA)


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.delenv("DVC_STAGE", raising=False)
    recipe = RecipeConfig("birds", "table", seed=1, trainer={}, gate={})
    return Config(
        datasets={"birds": DatasetConfig("own", 0.2, "")},
        recipes={"birds-dense": recipe, "birds-book": recipe},
        beam=BeamConfig(()),
        root=Path("project"),
        book=frozenset({"birds-book"}),
    )


def _data(*checks: dict[str, Any], passed: bool = True) -> DatasetVerdict:
    return DatasetVerdict(passed, DATA, {"ValidateItems": {"checks": list(checks)}})


def _check(
    name: str, passed: bool = True, severity: str = "critical"
) -> dict[str, Any]:
    limits = {"received": f"{name} is 3", "wanted": "at most 2"}
    return {"name": name, "severity": severity, "passed": passed, **limits}


def test_passed_model_is_to_be_published(config: Config) -> None:
    assert summarise_recipe(PASSED, config) == [
        "verdict: passed",
        "  passed   accuracy.min  0.95  wanted: at least 0.9",
        "page: reports/birds-dense/index.html",
        "next: prodl publish birds-dense",
    ]


def test_command_of_dvc_is_named_where_dvc_runs(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "run@birds-book")
    verdict = replace(PASSED, recipe="birds-book", passed=False, checks=(BAD,))
    *_, following = summarise_recipe(verdict, config)
    assert following.endswith("Then: dvc repro book/dvc.yaml:publish@birds-book")


def test_main_figures_stand_beside_those_of_the_gate(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path))
    values = {"test_rmse": 140.3, "test_mae": 103.0, "test_r2": 0.9}
    unit = {"unit.test_rmse": "units of rent"}
    write_metrics(Metrics(values, unit), tmp_path / "e")
    gate = replace(GOOD, name="test_mae.max", metric="test_mae")
    lines = summarise_recipe(replace(PASSED, checks=(gate,)), config)
    assert lines[2] == "  measured test_rmse: 140.3, units of rent"
    assert not any("test_r2" in line for line in lines)
    assert sum("test_mae" in line for line in lines) == 1


def test_stage_of_dvc_that_passed_names_no_command_since_dvc_goes_on(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "validate@birds")
    for lines in (
        summarise_recipe(PASSED, config),
        summarise_dataset(_data(_check("rows")), config),
    ):
        assert lines[-1].startswith("page: ")


def test_approved_limits_go_into_the_stages_of_the_project(
    config: Config, tmp_path: Path
) -> None:
    assert after_approval(config, "birds").startswith("prodl run birds-dense")
    (tmp_path / "dvc.yaml").touch()
    assert after_approval(replace(config, root=tmp_path), "birds") == "dvc repro"


def test_refused_model_shows_first_what_it_failed(config: Config) -> None:
    verdict = replace(PASSED, passed=False, checks=(GOOD, BAD))
    lines = summarise_recipe(verdict, config)
    assert lines[0] == "verdict: refused by its gate"
    assert lines[1].split() == "failed log_loss.max 0.2 wanted: at most 0.1".split()
    assert "params.yaml, recipes.birds-dense" in lines[-1]
    assert lines[-1].endswith("Then: prodl run birds-dense")


@pytest.mark.parametrize(
    ("stopped_at", "words"),
    [
        ("ItemGate: 1 of 7 checks failed", "limits in data/birds. Then: prodl run"),
        ("Trainer: a number is not finite", "mend what the message below says"),
    ],
)
def test_stopped_run_says_what_is_to_be_mended(
    config: Config, stopped_at: str, words: str
) -> None:
    verdict = replace(PASSED, passed=False, checks=(), stopped_at=stopped_at)
    lines = summarise_recipe(verdict, config)
    assert lines[0] == f"verdict: stopped at {stopped_at.partition(':')[0]}"
    assert words in lines[-1]


def test_data_that_passed_have_a_recipe_next(config: Config, tmp_path: Path) -> None:
    lines = summarise_dataset(_data(_check("rows")), config)
    assert lines == [
        "verdict: passed",
        "  passed   rows  rows is 3  wanted: at most 2",
        "page: reports/data/birds/index.html",
        "next: prodl run birds-dense (or birds-book)",
    ]
    alone = replace(config, recipes={}, root=make_table_project(tmp_path))
    assert "prodl new recipe" in summarise_dataset(_data(), alone)[-1]


def test_failed_checks_come_first_and_are_all_shown(config: Config) -> None:
    checks = [_check(f"c{n}") for n in range(20)]
    checks += [_check("w", passed=False, severity="warning"), _check("f", passed=False)]
    lines = summarise_dataset(_data(*checks, passed=False), config)
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["failed", "f"],
        ["warning", "w"],
        ["passed", "c0"],
    ]
    assert "  passed   10 more" in lines
    assert lines[-1].endswith("Then: prodl validate birds")
    many = [_check(f"f{n}", passed=False) for n in range(30)]
    assert len(summarise_dataset(_data(*many, passed=False), config)) == 33


def test_data_that_no_check_has_seen_are_to_be_mended_first(config: Config) -> None:
    lines = summarise_dataset(DatasetVerdict(False, DATA, {}), config)
    assert lines[-1] == (
        "next: mend what the message below says, then: prodl validate birds"
    )


def test_long_or_unprintable_text_takes_one_line(config: Config) -> None:
    check = _check("rows") | {"received": "a\nb\x1b[2J" + "c" * 200}
    (_, line, *_) = summarise_dataset(_data(check), config)
    assert "a b\\x1b[2Jccc" in line
    assert len(line) < 110


def test_provisional_limits_are_to_be_approved(config: Config) -> None:
    from pipelines.approvals.status import LimitStatus

    status = LimitStatus("birds", 12, "2026-01-02", "c" * 64, (), ())
    lines = summarise_dataset(replace(_data(), limits=status), config)
    assert lines[0] == "verdict: passed, by limits that are provisional"
    assert lines[1].startswith("Provisional: 12 limits were learned")
    assert lines[-1].endswith("prodl approve birds --reason TEXT")
