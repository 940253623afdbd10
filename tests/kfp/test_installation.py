# SPDX-License-Identifier: Apache-2.0
"""Two shell commands through KFP's own API server, which all tests share."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kfp
import pytest

from components.core.errors import UsageError
from components.core.project import project_root
from pipelines.doctor.cluster.options import ClusterOptions, prepare
from pipelines.doctor.cluster.version_checks import check_kfp
from pipelines.doctor.findings import Finding
from tests.support.kfp.argo import Controller, substitute
from tests.support.kfp.installation import (
    Installation,
    reason_to_skip,
    start_installation,
)
from tests.support.kfp.normal_form import record_workflow
from tests.support.kfp.programs import Programs
from tests.support.kfp.shell_pipeline import write_pipeline
from tests.support.processes import survivors_of_kill

pytestmark = pytest.mark.kfp

Start = Callable[..., Any]


@pytest.fixture(scope="module")
def installation(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A running installation whose image is an empty folder."""
    if reason := reason_to_skip(programs):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("shell")
    (folder / "image").mkdir()
    with start_installation(programs, folder / "image", folder / "kfp") as installation:
        yield installation


@pytest.fixture
def start(installation: Installation, tmp_path: Path) -> Start:
    """Starts the two commands; returns the run."""
    client = kfp.Client(host=installation.host)

    def run(**commands: str) -> Any:
        path = str(write_pipeline(tmp_path / "shell.yaml", **commands))
        return client.create_run_from_pipeline_package(path, enable_caching=None)

    return run


def state_of(installation: Installation, run: Any) -> dict[str, str]:
    """State of a run, and of each of its tasks that has a name."""
    found = kfp.Client(host=installation.host).get_run(run.run_id)
    tasks = {task.display_name: task.state for task in found.run_details.task_details}
    return {"run": found.state, **{n: s for n, s in tasks.items() if n}}


def run_again(installation: Installation, start: Start, **commands: str) -> Controller:
    """Start the commands and run their Workflow."""
    start(**commands)
    return installation.run_next()


def test_api_server_sees_the_run_succeed(
    installation: Installation, start: Start
) -> None:
    run = start()
    assert list(installation.run_next().steps) == ["Write", "Read"]
    states = state_of(installation, run)
    assert states["run"] == states["Write"] == states["Read"] == "SUCCEEDED"


def test_doctor_asks_it_for_its_version(installation: Installation) -> None:
    kubeconfig = str(installation.client.plane.kubeconfig)
    options = ClusterOptions(kubeconfig=kubeconfig, host=installation.host)
    version = installation.cluster.programs.version
    expected = Finding("kfp", "ok", version)
    assert check_kfp(prepare(project_root(), options)) == expected


def test_second_run_comes_from_the_cache(
    installation: Installation, start: Start
) -> None:
    assert run_again(installation, start, read="echo 1").steps
    run = start(read="echo 1")
    assert list(installation.run_next().steps) == []
    states = state_of(installation, run)
    assert states["run"] == states["Read"] == "SUCCEEDED"
    assert states["executor"] == "SKIPPED"


def test_failed_step_fails_the_run_and_omits_what_follows(
    installation: Installation, start: Start
) -> None:
    run = start(write="exit 3")
    controller = installation.run_next()
    assert "exit status 3" in str(controller.error)
    states = state_of(installation, run)
    assert states["run"] == states["Write"] == "FAILED"
    # Argo's word for it is none that the API server knows.
    assert states["Read"] is None or states["Read"] == "RUNTIME_STATE_UNSPECIFIED"


def test_recorded_workflow_holds_nothing_of_its_run(
    installation: Installation, start: Start
) -> None:
    run = start(read="echo 2")
    stored = installation.next_workflow()
    recorded = record_workflow(stored)
    text = json.dumps(recorded)
    assert recorded["metadata"]["generateName"] == "shell-"
    for own in (run.run_id, stored["metadata"]["name"], stored["metadata"]["uid"]):
        assert own not in text
    version = installation.cluster.programs.version
    assert f"ghcr.io/kubeflow/kfp-driver:{version}" in text


def test_killed_installation_leaves_no_process(
    programs: Programs, tmp_path: Path
) -> None:
    if reason := reason_to_skip(programs):
        pytest.skip(reason)
    script = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from tests.support.kfp.installation import start_installation
        from tests.support.kfp.programs import find_programs

        here = Path({str(tmp_path)!r})
        with start_installation(find_programs(), here, here / "kfp"):
            print("started", flush=True)
            time.sleep(600)
        """
    )
    harness = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert harness.stdout
        assert harness.stdout.readline() == "started\n"
        assert survivors_of_kill(harness) == []
    finally:
        harness.kill()
        harness.wait()


def test_reference_that_nothing_answers_is_refused() -> None:
    known = {"inputs.parameters.task": "Write"}
    text = "{{inputs.parameters.task}} {{$.outputs.artifacts['text'].path}}"
    assert substitute(text, known) == "Write {{$.outputs.artifacts['text'].path}}"
    with pytest.raises(UsageError, match="refers to {{tasks.Write.status}}"):
        substitute("{{tasks.Write.status}}", known)
