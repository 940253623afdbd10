# SPDX-License-Identifier: Apache-2.0
"""Prism, Beam's portable runner in Go, with a pool of Python workers beside it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.namespaces import Namespace
from tests.support.portable_beam import pool_command, running, wait_until

JOB_PORT, POOL_PORT = 8073, 50000
CONNECT = "import socket, sys; socket.create_connection(('localhost', sys.argv[1]))"


def in_process_args(prism: Path) -> tuple[str, ...]:
    """Return Beam's options for workers in the process of the run."""
    return (
        "--runner=PrismRunner",
        f"--prism_location={prism}",
        "--environment_type=LOOPBACK",
        "--sdk_container_image=local",
    )


@contextmanager
def serve(prism: Path, folder: Path, there: Namespace) -> Iterator[tuple[str, ...]]:
    """Run Prism and its pool in a namespace; return Beam's options for a run outside.

    Args:
        prism: The program.
        folder: For the logs.
        there: Where both run. Prism tells its workers to find it on `localhost`.
    """
    server = (str(prism), f"--job_port={JOB_PORT}", "--serve_http=false")
    with ExitStack() as stack:
        for name, command in (("prism", server), ("pool", pool_command(POOL_PORT))):
            log = folder / f"{name}.log"
            stack.enter_context(running(log, *there.inside(*command)))
        for port in (JOB_PORT, POOL_PORT):
            wait_until(_listens(there, port))
        endpoint = f"{there.address}:{JOB_PORT}"
        yield (
            "--runner=PortableRunner",
            f"--job_endpoint={endpoint}",
            f"--artifact_endpoint={endpoint}",
            "--environment_type=EXTERNAL",
            f"--environment_config=localhost:{POOL_PORT}",
            "--sdk_container_image=local",
        )


def _listens(there: Namespace, port: int) -> Callable[[], bool]:
    connect = (sys.executable, "-c", CONNECT, str(port))
    command = there.inside(*connect)
    return lambda: subprocess.run(command, capture_output=True).returncode == 0
