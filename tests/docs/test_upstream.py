# SPDX-License-Identifier: Apache-2.0
"""The patch for TFX applies to the installed version, and cures what fails in it."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from components.core.project import project_root
from tests.support import preloaded

pytestmark = pytest.mark.cluster

FOLDER = project_root() / "docs" / "upstream"
PATCH = FOLDER / "tfx-1.21-kfp.patch"
KUBEFLOW = Path("tfx", "orchestration", "kubeflow", "v2")
# Check of the script -> what tfx 1.21 says.
FAILURES = {
    "a parameter keeps its default": "ValueError: declared is",
    "a value comes from a task": "ValueError: producer is Make_task",
    "a step has an output executor-logs": "ImportError: Could not import system.Arti",
    "an input has lost its type": "AttributeError: 'NoneType' object has no attribute",
    "artifacts are in a store": "UnimplementedError: File system scheme 'minio' not i",
}


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of TFX's Kubeflow code with the patch."""
    folder = tmp_path_factory.mktemp("patched")
    spec = importlib.util.find_spec("tfx")
    assert spec
    assert spec.origin
    installed = Path(spec.origin).parents[1] / KUBEFLOW
    ignore = shutil.ignore_patterns("testdata", "__pycache__")
    shutil.copytree(installed, folder / KUBEFLOW, ignore=ignore)
    subprocess.run(["git", "apply", "--verbose", str(PATCH)], cwd=folder, check=True)
    return folder


def _reproduce(*arguments: Path) -> tuple[int, list[str]]:
    script = FOLDER / "reproduce.py"
    completed = subprocess.run(
        ["python", "-m", "tests.support.patched_tfx", script, *arguments],
        cwd=project_root(),
        env={**os.environ, **preloaded.environment()},
        capture_output=True,
        text=True,
    )
    return completed.returncode, completed.stdout.splitlines()


def test_installed_tfx_fails_every_check() -> None:
    code, lines = _reproduce()
    assert code == 1
    assert len(lines) == len(FAILURES)
    for line, (check, failure) in zip(lines, FAILURES.items(), strict=True):
        assert line.startswith(f"FAILED {check}: {failure}")


def test_patched_tfx_passes_every_check(patched: Path) -> None:
    code, lines = _reproduce(patched)
    assert lines == [f"ok     {check}" for check in FAILURES]
    assert code == 0
