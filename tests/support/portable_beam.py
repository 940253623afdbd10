# SPDX-License-Identifier: Apache-2.0
"""Beam's job service and an external worker pool, each in its own process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.fingerprint import PROJECT_ROOT

PATIENCE_SECONDS = 120
JOB_SERVICE = "apache_beam.runners.portability.local_job_service_main"
WORKER_POOL = "apache_beam.runners.worker.worker_pool_main"


@dataclass(frozen=True)
class PortableBeam:
    """A running job service and worker pool."""

    job_endpoint: str
    """Address of the job service."""

    worker_endpoint: str
    """Address of the worker pool."""

    pool_log: Path
    """Output of the worker pool."""

    @property
    def pipeline_args(self) -> tuple[str, ...]:
        """Beam's options for both, as in docs/beam.md."""
        return (
            "--runner=PortableRunner",
            f"--job_endpoint={self.job_endpoint}",
            "--environment_type=EXTERNAL",
            f"--environment_config={self.worker_endpoint}",
        )


@contextmanager
def start(folder: Path) -> Iterator[PortableBeam]:
    """Run job service and worker pool until the block ends."""
    port_file = folder / "job_port"
    worker_port = _free_port()
    pool_log = folder / "pool.log"
    with ExitStack() as stack:
        service = ("--port_file", str(port_file), "--staging_dir", str(folder))
        log = folder / "service.log"
        stack.enter_context(running(log, sys.executable, "-m", JOB_SERVICE, *service))
        stack.enter_context(running(pool_log, *pool_command(worker_port)))
        wait_until(port_file.exists)
        wait_until(lambda: _listens(worker_port))
        yield PortableBeam(
            job_endpoint=f"localhost:{port_file.read_text()}",
            worker_endpoint=f"localhost:{worker_port}",
            pool_log=pool_log,
        )


def pool_command(port: int) -> tuple[str, ...]:
    """Return the command of a worker pool.

    Args:
        port: On which it waits.
    """
    return (sys.executable, "-m", WORKER_POOL, "--service_port", str(port))


@contextmanager
def running(log: Path, *command: str) -> Iterator[None]:
    """Run a process of Beam until the block ends.

    Args:
        log: File for its output; its folder is the process's working folder.
        command: The program and its arguments.
    """
    # The pool starts its workers as `python`, found on the PATH.
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for a process of Beam to be ready; fail after two minutes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "a process of Beam did not start"
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("localhost", port)) == 0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])
