# SPDX-License-Identifier: Apache-2.0
"""What DVC's queue needs to see of a project: files that git knows, raw files in cache.

`dvc exp run --queue` works on a copy of the commit and of the changes of the files that
git knows, committed or not. A new file is not among them: the experiment ends with
"Failed", and its log with "No such file". A file that is noted with
`git add --intent-to-add` is, and stays as uncommitted as it was.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

from components.core.shortening import enumerate_names, printable
from pipelines.config import BOOK_FILE, BOOK_STAGES, PARAMS_FILE, Config
from pipelines.data_version import DataVersion
from pipelines.own_code import find_own_code

# What the stages read, beside the user's own code, as patterns of git. Models and raw
# files are DVC's, and would make git's index large.
_SETTINGS: Final = (
    *(PARAMS_FILE, "dvc.yaml", "dvc.lock", BOOK_FILE, BOOK_STAGES, "models/none"),
    *(":(glob)data/*/*.yaml", ":(glob)data/*/*.pbtxt", ":(glob)data/raw/**/.gitignore"),
    *(".dvcignore", ".gitignore"),
)
# DVC refuses to version what git knows, so nothing in these folders is noted, whatever
# a user's package or file is called. Two kinds of files there are git's.
_OUTPUTS: Final = ("data/raw/", "reports/", "models/", ".prodl/")
_KNOWN_TO_GIT: Final = ("/.gitignore", "models/none")
# Variable of the commands that DVC runs, while the index is in DVC's hands.
DVC_STAGE: Final = "DVC_STAGE"


def prepare_queue(config: Config, data: DataVersion) -> list[str]:
    """Note new files, and say what the queue lacks else.

    Args:
        config: All parameters.
        data: The data version of the run.

    Returns:
        Lines for the terminal.
    """
    root = config.root
    if not _uses_queue(root):
        return []
    lines = note_for_queue(root, _packages(config))
    if not data.matches_dvc_lock and (root / "dvc.yaml").exists():
        lines.append(
            "dvc: its queue takes raw files from its cache, where these are not yet: "
            f"dvc repro fetch@{data.dataset}"
        )
    return lines


def note_for_queue(root: Path, packages: tuple[str, ...] = ()) -> list[str]:
    """Note new files of a project in git's index, so that DVC's queue has them.

    Nothing happens without a git repository that DVC uses, and in a stage of DVC.

    Args:
        root: The project's root folder.
        packages: Top-level packages or modules of the user's code. Defaults to none.

    Returns:
        Lines for the terminal: what was noted.
    """
    noted = note_new_files(root, packages) if _uses_queue(root) else []
    if not noted:
        return []
    return [
        "git: new files are noted (git add --intent-to-add), as DVC's queue works on "
        f"files that git knows: {printable(enumerate_names(noted))}"
    ]


def _uses_queue(root: Path) -> bool:
    return DVC_STAGE not in os.environ and (root / ".dvc").is_dir()


def note_new_files(root: Path, packages: tuple[str, ...] = ()) -> list[str]:
    """Tell git of the new settings of a project, without their content.

    Args:
        root: The project's root folder.
        packages: Top-level packages or modules of the user's code. Defaults to none.

    Returns:
        The files, relative to the root; none where git is absent or refuses.
    """
    modules = [f":(glob){name}/**/*.py" for name in packages]
    modules += [f"{name}.py" for name in packages]
    others = ("ls-files", "--others", "--exclude-standard", "-z", "--")
    found = _git(root, *others, *_SETTINGS, *modules)
    files = [name for name in found.split("\0") if name and not _is_output(name)]
    if files:
        _git(root, "--literal-pathspecs", "add", "--intent-to-add", "--", *files)
        left = set(_git(root, *others, *_SETTINGS, *modules).split("\0"))
        files = [name for name in files if name not in left]
    return files


def _is_output(name: str) -> bool:
    return name.startswith(_OUTPUTS) and not name.endswith(_KNOWN_TO_GIT)


def _packages(config: Config) -> tuple[str, ...]:
    names = {
        name.partition(".")[0]
        for recipe in config.recipes.values()
        for name in find_own_code(config.root, recipe)
    }
    return tuple(sorted(names))


def _git(root: Path, *arguments: str) -> str:
    """Output of a git command; empty where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            check=True,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout
