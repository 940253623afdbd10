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
        stack.enter_context(_process(folder / "service.log", JOB_SERVICE, *service))
        port = ("--service_port", str(worker_port))
        stack.enter_context(_process(pool_log, WORKER_POOL, *port))
        _wait(port_file.exists)
        _wait(lambda: _listens(worker_port))
        yield PortableBeam(
            job_endpoint=f"localhost:{port_file.read_text()}",
            worker_endpoint=f"localhost:{worker_port}",
            pool_log=pool_log,
        )


@contextmanager
def _process(log: Path, module: str, *arguments: str) -> Iterator[None]:
    # The pool starts its workers as `python`, found on the PATH.
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
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


def _wait(holds: Callable[[], bool]) -> None:
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
