# SPDX-License-Identifier: Apache-2.0
"""DVC's queue sees data sets and recipes that nobody has committed."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipelines.config import BeamConfig, Config, RecipeConfig
from pipelines.data_version import UNKNOWN_DATA, DataVersion
from pipelines.local.dvc_queue import note_new_files, prepare_queue

DATA = replace(UNKNOWN_DATA, dataset="birds", matches_dvc_lock=True)
STAGE = {
    "cmd": "cat data/birds/source.yaml mine/model.py > answer.txt",
    "deps": ["data/birds/source.yaml"],
    "params": ["recipes"],
    "outs": ["answer.txt"],
}


def _run(root: Path, *command: str) -> str:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(
        command, cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one commit, and a data set and a module that are not in it."""
    monkeypatch.delenv("DVC_STAGE", raising=False)
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    _run(tmp_path, "git", "init", "--quiet", "--initial-branch=main")
    _run(tmp_path, "git", "config", "user.name", "tests")
    _run(tmp_path, "git", "config", "user.email", "tests@localhost")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".gitignore").write_text("/data/raw\n")
    _run(tmp_path, "git", "add", ".gitignore")
    _run(tmp_path, "git", "commit", "--quiet", "--message", "Start")
    settings = ("data/birds/source.yaml", "mine/model.py", "data/raw/birds.csv")
    others = ("data/birds/birds.csv", "mine/birds.csv", "models/birds/1/a.pb", "a.txt")
    for name in (*settings, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    return tmp_path


def _config(root: Path) -> Config:
    network = {"network": "mine.model.build"}
    recipe = RecipeConfig("birds", "table", seed=1, trainer=network, gate={})
    return Config(
        datasets={}, recipes={"birds": recipe}, beam=BeamConfig(()), root=root
    )


def _known(root: Path) -> list[str]:
    return _run(root, "git", "ls-files").split()


def test_new_settings_and_own_code_are_noted_without_their_content(root: Path) -> None:
    (line,) = prepare_queue(_config(root), DATA)
    assert line.endswith("git knows: data/birds/source.yaml, mine/model.py")
    assert _known(root) == [".gitignore", "data/birds/source.yaml", "mine/model.py"]
    assert _run(root, "git", "diff", "--cached", "--name-only") == ""
    assert prepare_queue(_config(root), DATA) == []


def test_no_output_of_dvc_is_noted_whatever_the_users_package_is_called(
    root: Path,
) -> None:
    (root / ".gitignore").write_text("")
    outputs = (
        "data/raw/a.yaml",
        "data/raw/birds/own/a.py",
        "models/m.py",
        "reports.py",
    )
    for name in outputs:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    noted = note_new_files(root, ("data", "models", "reports"))
    assert noted == ["data/birds/source.yaml", "reports.py"]


@pytest.mark.parametrize("matches", [None, False])
def test_raw_files_that_are_not_in_the_cache_are_told(
    root: Path, matches: bool | None
) -> None:
    (root / "dvc.yaml").touch()
    data: DataVersion = replace(DATA, matches_dvc_lock=matches)
    assert prepare_queue(_config(root), data)[1].endswith("dvc repro fetch@birds")


def test_index_is_left_alone_in_a_stage_of_dvc_and_without_dvc(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "run@birds")
    assert prepare_queue(_config(root), DATA) == []
    monkeypatch.delenv("DVC_STAGE")
    (root / ".dvc").rmdir()
    assert prepare_queue(_config(root), DATA) == []
    assert _known(root) == [".gitignore"]


def test_project_without_git_or_with_a_locked_index_is_no_error(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".git/index.lock").touch()
    assert note_new_files(root) == []
    monkeypatch.setenv("PATH", "")
    assert note_new_files(root) == []


@pytest.mark.slow
def test_experiment_of_an_uncommitted_data_set_runs_in_the_queue(root: Path) -> None:
    (root / ".dvc").rmdir()
    dvc = (sys.executable, "-m", "dvc")
    _run(root, *dvc, "init", "--quiet")
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"run": STAGE}}))
    (root / "params.yaml").write_text("recipes: {birds: {epochs: 1}}\n")
    assert len(prepare_queue(_config(root), DATA)) == 1
    _run(root, *dvc, "exp", "run", "--queue", "--name", "birds", "run")
    _run(root, *dvc, "exp", "run", "--run-all")
    assert _run(root, *dvc, "exp", "list", "--name-only").split() == ["birds"]
