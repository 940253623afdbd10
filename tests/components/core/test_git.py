# SPDX-License-Identifier: Apache-2.0
"""The commit of the project, or of the running code, wherever it is."""

import subprocess
from pathlib import Path

import pytest

from components.core import git


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit of one file; a project in it is not tracked."""
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    for arguments in (
        ["init", "--quiet"],
        ["config", "user.name", "tests"],
        ["config", "user.email", "tests@localhost"],
    ):
        _git(tmp_path, *arguments)
    (tmp_path / "git.py").write_text("")
    _git(tmp_path, "add", "--all")
    _git(tmp_path, "commit", "--quiet", "--message", "Start")
    return tmp_path


def test_commit_is_that_of_the_code(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "__file__", str(repository / "git.py"))
    assert git.git_state() == (_git(repository, "rev-parse", "HEAD"), False)
    (repository / "git.py").write_text("changed")
    assert git.git_state() == (_git(repository, "rev-parse", "HEAD"), True)


def test_code_that_the_repository_around_it_does_not_track_has_no_commit(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = repository / ".venv" / "core" / "git.py"
    installed.parent.mkdir(parents=True)
    installed.write_text("")
    monkeypatch.setattr(git, "__file__", str(installed))
    monkeypatch.setenv(git.COMMIT_VARIABLE, "c0ffee")
    assert git.git_state() == ("c0ffee", None)


def test_project_that_is_tracked_has_its_own_commit(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = repository / "project"
    project.mkdir()
    (project / "params.yaml").write_text("")
    (project / "dvc.lock").write_text("")
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", "Add a project")
    monkeypatch.setenv("PRODL_ROOT", str(project))
    commit = _git(repository, "rev-parse", "HEAD")
    # What runs write, and what lies beside the project.
    (project / "dvc.lock").write_text("written")
    (repository / "git.py").write_text("changed")
    assert git.git_state() == (commit, False)
    (project / "params.yaml").write_text("changed")
    assert git.git_state() == (commit, True)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()
