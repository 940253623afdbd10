# SPDX-License-Identifier: Apache-2.0
"""Static checks of the container image; tests/proof/test_image.py runs it."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.core.project import project_root
from infra import lock as locking
from infra.checks.tools import Tools
from pipelines.fingerprint import project_fingerprint
from pipelines.new_project.new_project import TEMPLATES

ROOT = project_root()
IMAGE = ROOT / "infra" / "image"
DOCKERFILES = (IMAGE / "Dockerfile", IMAGE / "Dockerfile.tpu")
RULES = [
    line
    for line in (ROOT / ".dockerignore").read_text().splitlines()
    if line and not line.startswith("#")
]
FINGERPRINT = (
    "from pipelines.fingerprint import project_fingerprint as f; print(f())\n"
    "from components.core.project import project_root as r\n"
    "from pipelines.config import load_config; load_config(r())\n"
    "from pipelines.kubeflow.pools import load_pools; load_pools(r())"
)


def enters_image(path: str) -> bool:
    """Return whether .dockerignore includes a file; the last rule wins."""
    enters = True
    for rule in RULES:
        pattern = rule.removeprefix("!")
        parts = Path(path).parts
        if pattern.startswith("**/"):
            matches = any(fnmatch.fnmatch(part, pattern[3:]) for part in parts)
        else:
            heads = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
            matches = any(fnmatch.fnmatch(head, pattern) for head in heads)
        if matches:
            enters = rule.startswith("!")
    return enters


def committed() -> list[str]:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return names.stdout.splitlines()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_dockerfile_is_clean(path: Path, programs: Tools) -> None:
    result = subprocess.run(
        [programs.hadolint, path], capture_output=True, text=True, cwd=ROOT
    )
    assert result.returncode == 0, result.stdout


def test_dockerfile_of_a_users_project_is_clean(programs: Tools) -> None:
    template = (TEMPLATES / "Dockerfile").read_text(encoding="utf-8")
    result = subprocess.run(
        [programs.hadolint, "-"],
        input=re.sub(r"@\w+@", "1.0", template),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stdout
    # Its base sets the user; config.local has passwords.
    assert "config.local" not in re.sub(r"#.*", "", template)
    assert "PRODL_ROOT=/opt/project" in template


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_image_runs_as_an_ordinary_user(path: Path) -> None:
    users = re.findall(r"^USER (\S+)", path.read_text(), re.MULTILINE)
    assert users[-1] == "10001:10001"


def test_code_and_settings_enter_the_image_and_nothing_else(tmp_path: Path) -> None:
    for name in committed():
        if enters_image(name):
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    assert not (tmp_path / "tests").exists()
    assert not (tmp_path / "data" / "raw").exists()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path),
        "PRODL_ROOT": str(tmp_path),
    }
    command = [sys.executable, "-c", FINGERPRINT]
    result = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    # What the steps of a specification compare before they start.
    assert result.stdout.strip() == project_fingerprint()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_every_file_that_is_copied_enters_the_build(path: Path) -> None:
    copies = re.findall(r"^COPY ((?!--from)\S+) ", path.read_text(), re.MULTILINE)
    assert copies
    for name in copies:
        assert name == "." or ((ROOT / name).is_file() and enters_image(name)), name


def test_secrets_and_state_stay_out() -> None:
    for name in (".env", ".prodl/x", ".dvc/config.local", ".git/config", "reports/a"):
        assert not enters_image(name)


def test_published_models_enter_for_the_recipes_that_need_one() -> None:
    assert enters_image("models/mnist-cnn/1/saved_model.pb")


def test_cuda_libraries_fit_the_environment() -> None:
    """Resolved for the TensorFlow of the lock, without its packages."""
    environment = dict(locking.PIN.findall((ROOT / "requirements.lock").read_text()))
    cuda = dict(locking.PIN.findall((IMAGE / "gpu.lock").read_text()))
    assert cuda
    assert all(name.startswith("nvidia-") for name in cuda)
    assert not cuda.keys() & environment.keys()
    (lock,) = (lock for lock in locking.LOCKS if lock.path == "infra/image/gpu.lock")
    (asked,) = lock.requirements
    minor = environment["tensorflow"].rpartition(".")[0]
    assert asked == f"tensorflow[and-cuda]=={minor}.*"
