# SPDX-License-Identifier: Apache-2.0
"""`prodl submit` to KFP's own API server, and runs that it follows to their ends.

The runs build on each other, like those of a user: what the first one computes, later
ones find in KFP's cache.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from components.evaluator.metrics import read_metrics
from tests.support.kfp.argo import Controller
from tests.support.kfp.installation import (
    Installation,
    reason_to_skip,
    start_installation,
)
from tests.support.kfp.programs import Programs
from tests.support.processes import command_line, descendants, wait_for
from tests.support.project import RECIPE, Project, make_project, statuses

pytestmark = [pytest.mark.slow, pytest.mark.kfp]

PRODL = (sys.executable, "-m", "pipelines")
SECONDS_TO_COMPILE, SECONDS_TO_END = 600, 300


@dataclass(frozen=True)
class Submitted:
    """A command that followed a run, and what happened in the installation."""

    exit_code: int
    stdout: str
    stderr: str
    run: Controller


@pytest.fixture(scope="module")
def project(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tests' small project."""
    if reason := reason_to_skip(programs):
        pytest.skip(reason)
    return make_project(tmp_path_factory.mktemp("api") / "project")


@pytest.fixture(scope="module")
def installation(programs: Programs, project: Project) -> Iterator[Installation]:
    """An installation of KFP whose image is the project."""
    folder = project.root.parent / "installation"
    with start_installation(programs, project.root, folder) as installation:
        yield installation


@pytest.fixture(scope="module")
def first(installation: Installation, project: Project) -> Submitted:
    """A run that finds nothing in the cache."""
    return submit(installation, project)


def submit(installation: Installation, project: Project, *options: str) -> Submitted:
    """Submit the recipe, run its Workflow, and wait for the command."""
    process = subprocess.Popen(
        # In this process' network, which is not that of Project.prodl.
        [*PRODL, "submit", RECIPE, "--host", installation.host, *options],
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": str(project.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        run = installation.run_next()
        stdout, stderr = process.communicate(timeout=SECONDS_TO_END)
    finally:
        process.kill()
    return Submitted(process.returncode, stdout, stderr, run)


def test_submitted_run_is_followed_to_its_end(first: Submitted) -> None:
    assert first.exit_code == 0, first.stdout + first.stderr
    found = statuses(first.stdout)
    assert found.keys() == first.run.steps.keys()
    assert set(found.values()) == {"ran"}
    assert "the run ended" in first.stdout


def test_metrics_are_those_of_the_local_run(
    first: Submitted, installation: Installation, project: Project, tmp_path: Path
) -> None:
    uri = first.run.steps["Evaluate"].uri("evaluation")
    installation.cluster.store.download(uri, tmp_path)
    project.check("prodl", "run", RECIPE)
    local = project.read_json(f"metrics/{RECIPE}.json")
    assert read_metrics(tmp_path).values == local


def test_second_run_uses_kfps_cache_and_only_looks_for_the_baseline(
    first: Submitted, installation: Installation, project: Project
) -> None:
    second = submit(installation, project)
    assert second.exit_code == 0, second.stdout + second.stderr
    assert list(second.run.steps) == ["FindBaseline"]
    cached = dict.fromkeys(first.run.steps, "cached")
    assert statuses(second.stdout) == cached | {"FindBaseline": "ran"}


def test_refused_model_ends_a_run_that_succeeds(
    first: Submitted, installation: Installation, project: Project
) -> None:
    def demand(params: Any) -> None:
        params["recipes"][RECIPE]["gate"]["test_accuracy"]["min"] = 1.0

    published = f"v2/artifacts/published/{RECIPE}/"
    pushed = installation.cluster.store.list_keys(published)
    project.edit_yaml("params.yaml", demand)
    refused = submit(installation, project)
    assert refused.exit_code == 0, refused.stdout + refused.stderr
    assert "Trainer" not in refused.run.steps
    assert "whether the model passed its gate is in the artifact" in refused.stdout
    output = refused.run.steps["Evaluate"].executor_output or {}
    (gate,) = output["artifacts"]["gate"]["artifacts"]
    assert gate["metadata"]["passed"] == 0
    store, uri = installation.cluster.store, refused.run.steps["Report"].uri("page")
    assert not json.loads(store.read(f"{uri}/verdict.json"))["passed"]
    assert b"refused" in store.read(f"{uri}/index.html")
    assert store.list_keys(published) == pushed


def test_refused_data_set_is_exit_code_4(
    installation: Installation, project: Project
) -> None:
    def demand(settings: Any) -> None:
        settings["items"]["expectations"]["every_class_present"]["min_items"] = 9999

    project.edit_yaml("data/mnist/expectations.yaml", demand)
    refused = submit(installation, project)
    assert refused.exit_code == 4
    assert "ended as FAILED at ItemGate" in refused.stderr
    assert statuses(refused.stdout)["ItemGate"] == "failed"
    assert re.search(r"^Trainer +not_run", refused.stdout, re.MULTILINE)


def test_killed_step_is_exit_code_1_and_one_sentence(
    installation: Installation, project: Project
) -> None:
    def launcher() -> list[psutil.Process]:
        found = descendants("/kfp-launcher/launch")
        return [each for each in found if "--pod_name Ingest " in command_line(each)]

    def kill() -> None:
        wait_for(launcher, SECONDS_TO_COMPILE)[0].kill()

    Thread(target=kill, daemon=True).start()
    # Another revision is another cache key of the first step.
    killed = submit(installation, project, "--parameter", "data_rev=other")
    assert killed.exit_code == 1
    assert statuses(killed.stdout)["Ingest"] == "failed"
    assert "ended as FAILED at Ingest" in killed.stderr
    assert "Traceback" not in killed.stderr
    assert "killed by SIGKILL" in str(killed.run.error)
