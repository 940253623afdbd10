# SPDX-License-Identifier: Apache-2.0
"""What DVC versions is kept out of git before anybody adds it there."""

import subprocess
from pathlib import Path

import pytest

from pipelines.git_ignore import keep_out_of_git


def test_folder_is_listed_once_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "raw" / "birds" / "own"
    ignored = folder.with_name(".gitignore")
    keep_out_of_git(tmp_path, folder)
    keep_out_of_git(tmp_path, folder)
    assert ignored.read_text() == "/own\n"
    ignored.write_text("/synthetic")
    keep_out_of_git(tmp_path, folder)
    assert ignored.read_text() == "/synthetic\n/own\n"


@pytest.mark.parametrize("has_repository", [False, True])
@pytest.mark.parametrize("rule", ["/data/raw/", "/data", "/data/raw/birds/*"])
def test_what_the_project_ignores_is_not_listed_again(
    tmp_path: Path, rule: str, has_repository: bool
) -> None:
    if has_repository:
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(f"# raw files\n{rule}\n")
    keep_out_of_git(tmp_path, tmp_path / "data" / "raw" / "birds" / "own")
    assert not (tmp_path / "data").exists()


def test_project_without_git_gets_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    keep_out_of_git(tmp_path, tmp_path / "reports" / "data" / "birds")
    assert (tmp_path / "reports" / "data" / ".gitignore").read_text() == "/birds\n"
