# SPDX-License-Identifier: Apache-2.0
"""Run commands of the project without importing TensorFlow and TFX once per command.

Importing them costs about 8 CPU seconds, and the tests start dozens of commands. A
server process imports the libraries, none of the project's own modules, once per run of
the tests; `bin/prodl` and `bin/python` hand their command over to it, and it forks a
process with their arguments, folder, environment and streams. Everything else is as in
a process of its own: the modules of the project are imported anew, from its own folder.

The test worker that needs the server first starts it, and the others join it. Each
holds the writing end of a named pipe, so that the server sees when the last one has
ended, however it ended.
"""

import atexit
import errno
import fcntl
import os
import shlex
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

BIN = Path(__file__).parent / "bin"
# New objects before a collection: rarer than Python's own, for a sixth of the CPU time.
GC_THRESHOLDS = (200_000, 50, 1000)
FOLDER_VARIABLE = "PRELOADED_FOLDER"


def share_folder() -> None:
    """Make the folder in which workers meet, unless the process above made it."""
    if FOLDER_VARIABLE not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="prodl-tests-")
        os.environ[FOLDER_VARIABLE] = folder.name
        atexit.register(folder.cleanup)
        _write_programs(Path(folder.name))


def _write_programs(folder: Path) -> None:
    """Write the programs of `BIN` with the variables that they need.

    An emulated step is started without the variables of the command that starts it.
    """
    pairs = _variables(folder).items()
    exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in pairs)
    (folder / "bin").mkdir()
    for program in BIN.iterdir():
        script = folder / "bin" / program.name
        script.write_text(f'#!/bin/sh\n{exports}exec {program} "$@"\n')
        script.chmod(0o755)


def _variables(folder: Path) -> dict[str, str]:
    return {
        FOLDER_VARIABLE: str(folder),
        # What `bin/python` is for the commands that it does not hand over.
        "PRELOADED_PYTHON": sys.executable,
        # What a command takes for its interpreter.
        "PRELOADED_SHIM": str(folder / "bin" / "python"),
    }


def environment() -> dict[str, str]:
    """Return variables for a process whose commands the server is to run."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    _join_server(folder)
    path = f"{folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}"
    return {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"} | _variables(folder)


def interpreter() -> str:
    """Return a program to run in place of `sys.executable`, with the same arguments."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    _join_server(folder)
    return str(folder / "bin" / "python")


@cache
def _join_server(folder: Path) -> None:
    """Stay with the server of a folder until this process ends, or start it."""
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (membership := _join(folder)) is not None:
            atexit.register(os.close, membership)
            return
        server = _start_server(folder)
        membership = _join(folder)
    assert membership is not None

    @atexit.register
    def _leave() -> None:
        os.close(membership)
        # The CPU time of the server is this process's when it has been waited for.
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            # A process that a test left behind still is a member.
            server.terminate()


def _join(folder: Path) -> int | None:
    """Open the writing end of the pipe, if a server has the reading end."""
    try:
        return os.open(folder / "members", os.O_WRONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        os.mkfifo(folder / "members")
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
    return None


def _start_server(folder: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, str(Path(__file__).parent / "server.py")]
    server = subprocess.Popen(
        [*program, str(folder), *map(str, GC_THRESHOLDS)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout
    if server.stdout.readline() != b"ready\n":
        raise RuntimeError(f"the server of {BIN} did not start: {server.poll()}")
    return server
