# SPDX-License-Identifier: Apache-2.0
"""The commit of the running code, wherever the code is."""

import subprocess
from pathlib import Path

import pytest

from components.core import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit of one file."""
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


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()
