# SPDX-License-Identifier: Apache-2.0
"""The root folder of the project, and the folder of its state.

Both are found when a function is called, from any folder of the project, not at import.
"""

import os
from pathlib import Path

from components.core.errors import UsageError

ROOT_VARIABLE = "PRODL_ROOT"
STATE_VARIABLE = "PRODL_HOME"
ROOT_MARK = "params.yaml"


def project_root() -> Path:
    """Find the root: `PRODL_ROOT`, or the nearest folder upwards that has params.yaml.

    Raises:
        UsageError: `PRODL_ROOT` is not a folder, or no params.yaml is found.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        return _named_root(Path(named))
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ROOT_MARK).is_file():
            return folder
    raise UsageError(
        f"no {ROOT_MARK} in {here} or above, so this is not inside the project.\n"
        f"Change into the project's folder, or set {ROOT_VARIABLE} to it."
    )


def _named_root(root: Path) -> Path:
    if root.is_dir():
        return root.resolve()
    raise UsageError(
        f"{ROOT_VARIABLE} must name the project's folder. Received {str(root)!r}, "
        "which is not a folder. Correct it, or unset it."
    )


def state_dir() -> Path:
    """Folder of pipeline root, metadata, logs and checkpoints.

    `PRODL_HOME` if it is set, else `<root>/.prodl`. The folder is not created here.
    """
    named = os.environ.get(STATE_VARIABLE)
    return Path(named).resolve() if named else project_root() / ".prodl"
