# SPDX-License-Identifier: Apache-2.0
"""Lines of .gitignore for what DVC versions, in the form in which DVC writes them.

DVC refuses an output that git tracks, and lists its outputs only when a stage ends:
too late for a `git add` after `prodl init` or `prodl validate`. So whoever writes such
a folder lists it at once; DVC finds its line there, and adds none.
"""

import subprocess
from pathlib import Path
from typing import Final

from components.core.files import write_text

IGNORE_FILE: Final = ".gitignore"


def keep_out_of_git(root: Path, path: Path) -> None:
    """List a file or folder in the .gitignore beside it, unless git ignores it already.

    It need not exist, nor need there be a repository yet.

    Args:
        root: The project's root folder.
        path: The file or folder, below the root.
    """
    if _is_ignored(root, path):
        return
    ignored = path.with_name(IGNORE_FILE)
    text = ignored.read_text(encoding="utf-8") if ignored.exists() else ""
    if (line := f"/{path.name}") not in text.splitlines():
        end = "" if text.endswith("\n") or not text else "\n"
        write_text(ignored, f"{text}{end}{line}\n")


def _is_ignored(root: Path, path: Path) -> bool:
    """Ask git; without a repository look for the path, or a folder of it, by name."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), "check-ignore", "--quiet", "--", str(path)],
            capture_output=True,
        ).returncode
    except OSError:
        answer = None
    if answer in (0, 1):
        return answer == 0
    top = root / IGNORE_FILE
    lines = set(top.read_text(encoding="utf-8").split()) if top.exists() else set()
    within = path.relative_to(root)
    names = [part.as_posix() for part in (within, *within.parents[:-1])]
    return any(lines & {f"/{name}", f"/{name}/", f"/{name}/*"} for name in names)
