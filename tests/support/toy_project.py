# SPDX-License-Identifier: Apache-2.0
"""The TFX project of `toy_tfx_project`, in a folder with a copy of tfx_kfp."""

import os
import shutil
import subprocess
from pathlib import Path

from pipelines.fingerprint import PROJECT_ROOT
from tests.support import preloaded

TOY = Path(__file__).with_name("toy_tfx_project")


def make_toy_project(folder: Path) -> Path:
    """Make the project in a new folder, and compile it; return the compiled file."""
    shutil.copytree(TOY, folder)
    shutil.copytree(PROJECT_ROOT / "tfx_kfp", folder / "tfx_kfp")
    file = folder / "toy.yaml"
    run(folder, "python", "-m", "pipelines.compile", str(file))
    return file


def run(folder: Path, *command: str, **variables: str) -> None:
    """Run a command of the project; it must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(folder), **variables}
    completed = subprocess.run(
        command,
        cwd=folder,
        env=environment | preloaded.environment(),
        capture_output=True,
        text=True,
    )
    assert completed.returncode == 0, completed.stderr[-4000:]
