# SPDX-License-Identifier: Apache-2.0
"""Run commands of the project without importing TensorFlow and TFX once per command.

Importing them costs about 13 CPU seconds, and the tests start dozens of commands. A
server process imports the libraries, none of the project's own modules, once per test
worker; `bin/prodl` and `bin/python` hand their command over to it, and it forks a
process with their arguments, folder, environment and streams. Everything else is as in
a process of its own: the modules of the project are imported anew, from its own folder.
"""

import atexit
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

BIN = Path(__file__).parent / "bin"
SOCKET_VARIABLE = "PRELOADED_SOCKET"


def environment() -> dict[str, str]:
    """Return variables for a process whose commands the server is to run."""
    path = f"{BIN}{os.pathsep}{Path(sys.executable).parent}"
    return {
        "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
        SOCKET_VARIABLE: _start_server(),
        # What `bin/python` is for the commands that it does not hand over.
        "PRELOADED_PYTHON": sys.executable,
        # What a command takes for its interpreter.
        "PRELOADED_SHIM": str(BIN / "python"),
    }


@cache
def _start_server() -> str:
    folder = tempfile.TemporaryDirectory(prefix="prodl-tests-")
    address = str(Path(folder.name) / "socket")
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "server.py"), address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout
    if server.stdout.readline() != b"ready\n":
        raise RuntimeError(f"the server of {BIN} did not start: {server.poll()}")

    @atexit.register
    def _stop() -> None:
        server.terminate()
        server.wait()
        folder.cleanup()

    return address
