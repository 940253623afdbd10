# SPDX-License-Identifier: Apache-2.0
"""Git commit of the running code."""

import os
import subprocess
from pathlib import Path
from typing import Final

# Environment variable with the commit where the code runs outside of its repository, as
# in a container.
COMMIT_VARIABLE: Final = "PRODL_GIT_COMMIT"

# Changes of the code alone: DVC updates its lock file and the metrics after each stage.
_STATUS: Final = (
    *("status", "--porcelain", "--untracked-files=no", "--"),
    *(":/", ":/!dvc.lock", ":/!metrics"),
)


def git_state() -> tuple[str, bool | None]:
    """Return the commit of the running code and whether tracked files differ from it.

    Outside of its repository the commit is `PRODL_GIT_COMMIT`, or an empty string, and
    whether files differ is unknown: None. Code that is installed into an environment
    inside another repository is not tracked there.
    """
    try:
        _git("ls-files", "--error-unmatch", Path(__file__).name)
        return _git("rev-parse", "HEAD"), bool(_git(*_STATUS))
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get(COMMIT_VARIABLE, ""), None


def _git(*arguments: str) -> str:
    code = Path(__file__).parent
    completed = subprocess.run(
        ["git", "-C", str(code), *arguments], check=True, capture_output=True, text=True
    )
    return completed.stdout.strip()
