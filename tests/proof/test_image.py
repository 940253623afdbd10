# SPDX-License-Identifier: Apache-2.0
"""The built image: user, content, and a whole recipe in it with a read-only root."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.image import build, buildah
from infra.image.container import Image, open_image
from tests.support.project import RECIPE, Project, make_project

OUTCOMES = "/home/prodl/state/emulator/outcomes"

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    if reason := build.reason_for_none("cpu"):
        pytest.skip(reason)
    store, name = buildah.Store(build.STORE), build.image_name("cpu")
    with store.mounted(name) as root:
        yield open_image(store, name, root)


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_steps_run_as_an_ordinary_user_who_cannot_change_the_image(
    image: Image,
) -> None:
    assert _said(image.run("id", "--user")).strip() == "10001"
    refused = image.run("touch", "/opt/prodl/components/new.py")
    assert refused.returncode != 0
    assert "Read-only file system" in refused.stderr


def test_doctor_finds_what_the_lock_of_the_image_names(image: Image) -> None:
    findings = _said(image.run("prodl", "doctor")).splitlines()
    states = {line.split()[1]: line.split()[0] for line in findings if line[:1] != " "}
    for name in ("python", "packages", "conflicts", "git", "state"):
        assert states[name] == "ok", findings


def test_settings_of_the_build_are_not_in_the_image(image: Image) -> None:
    assert not {"BASH_ENV", "SSL_CERT_FILE", "PIP_INDEX_URL"} & set(image.environ)
    assert not any((image.root / "run/secrets").glob("*"))


def test_image_is_below_three_gigabytes() -> None:
    if reason := build.reason_for_none("cpu"):
        pytest.skip(reason)
    assert build.read_record("cpu")["bytes"] < 3e9


@pytest.mark.slow
def test_every_step_runs_with_a_read_only_root(image: Image, tmp_path: Path) -> None:
    """The emulator runs each step's command, in the image with the image's code."""
    project = make_project(tmp_path / "project")
    project.check("prodl", "run", RECIPE)
    command = f"prodl emulate {RECIPE} >&2 && cat {OUTCOMES}/{RECIPE}/metrics.json"
    done = image.run(
        *("sh", "-c", command),
        shared={"/project": _without_code(project, tmp_path / "mounted")},
        environ={"PRODL_ROOT": "/project"},
    )
    metrics = json.loads(_said(done))
    assert metrics == project.read_json(f"metrics/{RECIPE}.json")


def _without_code(project: Project, folder: Path) -> Path:
    """The files of a project that a Pod would have as volumes: not its code."""
    ignored = shutil.ignore_patterns("components", "pipelines", ".prodl", "reports")
    shutil.copytree(project.root, folder, ignore=ignored)
    return folder
