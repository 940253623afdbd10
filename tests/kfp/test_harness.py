# SPDX-License-Identifier: Apache-2.0
"""Two shell commands, run by KFP's own driver and launcher."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import grpc
import pytest
from ml_metadata.proto import metadata_store_service_pb2 as service

from components.core.errors import UsageError
from pipelines.kubeflow.spec import read_specification
from tests.support.kfp.cluster import Cluster, start_cluster
from tests.support.kfp.launcher import launch_step
from tests.support.kfp.metadata_service import Store, serve_metadata
from tests.support.kfp.object_store import serve_objects
from tests.support.kfp.programs import Programs, find_programs
from tests.support.kfp.run import Run, run_specification
from tests.support.kfp.shell_pipeline import OUTPUT, USER, WRITE, write_pipeline
from tests.support.processes import descendants, survivors_of_kill, wait_for

pytestmark = pytest.mark.kfp

Start = Callable[..., Run]


@pytest.fixture
def cluster(programs: Programs, tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose image is an empty folder."""
    (tmp_path / "image").mkdir()
    with start_cluster(programs, tmp_path / "image", tmp_path / "cluster") as cluster:
        yield cluster


@pytest.fixture
def start(cluster: Cluster, tmp_path: Path) -> Start:
    """Runs the two commands."""

    def run(**commands: str) -> Run:
        path = write_pipeline(tmp_path / "shell.yaml", **commands)
        return run_specification(cluster, read_specification(path))

    return run


def log_of(cluster: Cluster, step: str) -> str:
    """What a step and its launcher printed."""
    return (cluster.pod_folder(step) / "log").read_text()


def test_artifact_goes_through_the_store_to_the_next_step(
    cluster: Cluster, start: Start
) -> None:
    run = start()
    assert not run.error
    assert cluster.store.read(run.steps["Write"].uri("text")) == b"said\n"
    assert "said" in log_of(cluster, "Read").splitlines()


def test_log_of_a_step_is_published(cluster: Cluster, start: Start) -> None:
    run = start()
    # The launcher numbers the attempts.
    uri = run.steps["Read"].uri("executor-logs")
    assert cluster.store.read(f"{uri}-0") == b"said\n"


def test_driver_reads_the_config_map_and_launcher_the_secret(
    cluster: Cluster, start: Start
) -> None:
    start()
    asked = {path.rpartition("/")[2] for path in cluster.asked}
    assert asked == {"kfp-launcher", "mlpipeline-minio-artifact", "Write", "Read"}


def test_files_of_a_step_stay_in_its_pod(cluster: Cluster, start: Start) -> None:
    name = f"prodl-{os.getpid()}"
    run = start(
        write=f"{WRITE} && touch /tmp/{name} /minio/{name}",
        read=f"! ls /tmp/{name} /minio/{name}",
    )
    assert not run.error, run.error
    assert not Path("/tmp", name).exists()


def test_step_runs_as_the_user_of_its_patch(cluster: Cluster, start: Start) -> None:
    run = start(write=f"(id -u; id -G) >{OUTPUT}")
    assert not run.error, run.error
    said = cluster.store.read(run.steps["Write"].uri("text")).decode()
    assert said == f"{USER}\n{USER}\n"


def test_failed_step_stops_the_run_with_what_it_printed(
    cluster: Cluster, start: Start
) -> None:
    run = start(write="echo no more disk >&2; exit 3")
    assert list(run.steps) == []
    assert "Write: the launcher ended with code 1" in str(run.error)
    assert "exit status 3" in str(run.error)
    (key,) = cluster.store.list_keys()
    assert cluster.store.read(f"minio://mlpipeline/{key}") == b"no more disk\n"


def test_killed_launcher_is_named_with_the_remedy(
    cluster: Cluster, start: Start
) -> None:
    def kill() -> None:
        launcher = wait_for(lambda: descendants("/kfp-launcher/launch"))[0]
        launcher.kill()

    Thread(target=kill, daemon=True).start()
    run = start(write="sleep 600")
    assert "Write: the launcher was killed by SIGKILL" in str(run.error)
    assert "run again" in str(run.error)
    assert descendants("sleep 600") == []


def test_store_that_refuses_is_named_with_the_remedy(
    cluster: Cluster, start: Start
) -> None:
    cluster.store.refuse_requests()
    run = start()
    assert "Write: the object store answered 403" in str(run.error)
    assert "mlpipeline-minio-artifact" in str(run.error)


def test_secret_without_the_key_is_named(cluster: Cluster, start: Start) -> None:
    reference = {"name": "prodl-storage", "key": "PASSWORD"}
    variable = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": reference}}
    patch = {"containers": [{"env": [variable], "command": [], "args": []}]}
    with pytest.raises(UsageError, match="prodl-storage has no key PASSWORD"):
        launch_step(cluster, "Write", patch, {})


@pytest.mark.parametrize("service_name", ["object store", "metadata service"])
def test_taken_port_is_named(
    cluster: Cluster, service_name: str, tmp_path: Path
) -> None:
    second = {
        "object store": serve_objects,
        "metadata service": lambda: serve_metadata(tmp_path / "second.sqlite"),
    }
    taken = rf"{service_name}: port \d+ cannot be used: Address already in use"
    with pytest.raises(UsageError, match=taken), second[service_name]():
        pytest.fail("it started a second time")


def test_pods_have_no_network_but_their_own(cluster: Cluster, start: Start) -> None:
    run = start(write=f"cat /proc/net/dev >{OUTPUT}")
    interfaces = cluster.store.read(run.steps["Write"].uri("text")).decode()
    assert [line.split(":")[0].strip() for line in interfaces.splitlines()[2:]] == [
        "lo"
    ]


def test_folder_without_a_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no driver that can be executed"):
        find_programs(tmp_path)


def test_programs_of_an_unknown_release_are_refused(
    programs: Programs, tmp_path: Path
) -> None:
    for name in ("driver", "launcher"):
        (tmp_path / name).write_text("#!/bin/sh\necho '  -new_option' >&2\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(UsageError, match=r"not known here \(2.16, 2.17\)"):
        find_programs(tmp_path)


def test_version_that_the_options_contradict_is_refused(programs: Programs) -> None:
    with pytest.raises(UsageError, match=f"are those of KFP {programs.line}"):
        find_programs(programs.folder, "2.4.0")


def test_filter_that_kfp_does_not_send_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "mlmd.sqlite")
    request = service.GetExecutionsByContextRequest(context_id=1)
    request.options.filter_query = "type = 'system.ContainerExecution'"
    _, message, code = store.call("GetExecutionsByContext", request.SerializeToString())
    assert code == grpc.StatusCode.UNIMPLEMENTED.value[0]
    assert "expected a filter" in message


def test_killed_harness_leaves_no_process(programs: Programs, tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from pipelines.kubeflow.spec import read_specification
        from tests.support.kfp.cluster import start_cluster
        from tests.support.kfp.programs import find_programs
        from tests.support.kfp.run import run_specification
        from tests.support.kfp.shell_pipeline import write_pipeline

        here = Path({str(tmp_path)!r})
        path = write_pipeline(here / "shell.yaml", write="sleep 600")
        (here / "image").mkdir()
        with start_cluster(find_programs(), here / "image", here / "kfp") as cluster:
            run_specification(cluster, read_specification(path))
        """
    )
    harness = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script],
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        (step,) = wait_for(lambda: descendants("sleep 600"))
        assert survivors_of_kill(harness) == []
        assert not step.is_running()
    finally:
        harness.kill()
        harness.wait()
