# SPDX-License-Identifier: Apache-2.0
"""Git commit of the project, or of the running code."""

import os
import subprocess
from pathlib import Path
from typing import Final

from components.core.errors import UsageError
from components.core.project import ROOT_MARK, project_root

# Environment variable with the commit where the code runs outside of its repository, as
# in a container.
COMMIT_VARIABLE: Final = "PRODL_GIT_COMMIT"

# Changes of code and settings alone: DVC updates its lock file, reports and metrics
# after each stage.
_STATUS: Final = ("status", "--porcelain", "--untracked-files=no", "--")
_OUTPUTS: Final = ("dvc.lock", "metrics", "reports")


def git_state() -> tuple[str, bool | None]:
    """Return the commit of the project and whether tracked files differ from it.

    A project that git does not track has the commit of the running code. Outside of its
    repository the commit is `PRODL_GIT_COMMIT`, or an empty string, and whether files
    differ is unknown: None. Code that is installed into an environment inside another
    repository is not tracked there.
    """
    for file in _tracked_files():
        try:
            _git(file.parent, "ls-files", "--error-unmatch", file.name)
            top = Path(_git(file.parent, "rev-parse", "--show-toplevel"))
            # A project may be a folder of a repository with others in it.
            folder = file.parent if file.name == ROOT_MARK else top
            paths = (".", *(f":!{name}" for name in _OUTPUTS))
            commit = _git(folder, "rev-parse", "HEAD")
            return commit, bool(_git(folder, *_STATUS, *paths))
        except (OSError, subprocess.CalledProcessError):
            continue
    return os.environ.get(COMMIT_VARIABLE, ""), None


def _tracked_files() -> list[Path]:
    """A file of the project, and one of the code."""
    code = Path(__file__)
    try:
        return [project_root() / ROOT_MARK, code]
    except UsageError:
        return [code]


def _git(folder: Path, *arguments: str) -> str:
    completed = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return completed.stdout.strip()
