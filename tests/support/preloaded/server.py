# SPDX-License-Identifier: Apache-2.0
"""Fork a process per command, with the libraries imported already.

    python server.py FOLDER GC_THRESHOLD...

The folder gets a socket for modules, and one for scripts, whose processes have imported
TensorFlow alone. It holds a named pipe; the server ends when no process has the writing
end of it any more. A client sends its three standard streams with the length of a
message, then the message (JSON: arguments, folder, environment), and receives the exit
code as text. The process of a client that goes away is ended.
"""

import atexit
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

# What a script imports that may import nothing else: `components/pusher/replay.py`.
LIBRARIES_OF_SCRIPTS = ("numpy", "tensorflow")
LIBRARIES = (
    "keras",
    "tfx.components.statistics_gen.component",
    "tfx.orchestration.local.local_dag_runner",
    "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor",
    "great_expectations",
    "pyarrow.parquet",
    "sklearn.decomposition",
    "sklearn.metrics",
    "scipy.stats",
    "PIL.Image",
    "jinja2",
    "rich.progress",
)


def main(folder: Path, *gc_thresholds: int) -> NoReturn:
    """Import the libraries, then serve until no member is left."""
    gc.set_threshold(*gc_thresholds)
    for name in LIBRARIES_OF_SCRIPTS:
        importlib.import_module(name)
    # Nobody writes: the server of scripts ends when this one closes its end.
    lifeline, hold_lifeline = os.pipe()
    if (script_server := os.fork()) == 0:
        os.close(hold_lifeline)
        _serve_until_end(_listen(folder / "scripts"), lifeline)
        os._exit(0)
    os.close(lifeline)
    for name in LIBRARIES:
        importlib.import_module(name)
    listener = _listen(folder / "modules")
    members = os.open(folder / "members", os.O_RDONLY | os.O_NONBLOCK)
    print("ready", flush=True)
    is_last = False
    while not is_last:
        _serve_until_end(listener, members, hold_lifeline)
        is_last = _close_unless_joined(folder, members)
    os.close(hold_lifeline)
    with suppress(ChildProcessError):
        os.waitpid(script_server, 0)
    # Taking the libraries down in good order costs time, and nobody looks.
    os._exit(0)


def _listen(address: Path) -> socket.socket:
    # Forked processes share the memory of what nobody collects.
    gc.collect()
    gc.freeze()
    # One of a server that was killed.
    address.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen()
    # Waiting for a process adds its CPU time to the server's, and so to the tests'.
    signal.signal(signal.SIGCHLD, _reap)
    return listener


def _serve_until_end(listener: socket.socket, pipe: int, *inherited: int) -> None:
    """Serve each client in a child, until the writers of the pipe are gone.

    `inherited` are open files that the children are to close.
    """
    while True:
        ready, _, _ = select.select([listener, pipe], [], [])
        if listener not in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            for number in (pipe, *inherited):
                os.close(number)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve(connection)
        connection.close()


def _close_unless_joined(folder: Path, members: int) -> bool:
    """Close the pipe for good, unless somebody joined a moment ago."""
    with open(folder / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready, _, _ = select.select([members], [], [], 0)
        if ready:
            os.close(members)
    return bool(ready)


def _reap(number: int, frame: FrameType | None) -> None:
    """Wait for every child that has ended, and for no other."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(connection: socket.socket) -> None:
    """Run one command in a child, and wait for it or for the end of its client."""
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as stream:
        message = stream.read(int.from_bytes(size))
    process = os.fork()
    if process == 0:
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _run(json.loads(message))
    for number in streams:
        os.close(number)
    waiting = os.pidfd_open(process)
    ready, _, _ = select.select([waiting, connection], [], [])
    if waiting not in ready:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if waiting in ready:
        connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _run(command: dict[str, object]) -> None:
    """Become the process of a command: `-m MODULE ARGUMENT...`, `-P SCRIPT ...`."""
    arguments, environment = command["arguments"], command["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(command["folder"]))
    kind, program = arguments[:2]
    first = [p for p in environment.get("PYTHONPATH", "").split(os.pathsep) if p]
    if kind == "-m" and not environment.get("PYTHONSAFEPATH"):
        first = [os.getcwd(), *first]
    sys.path[:] = [*first, *sys.path[1:]]
    sys.argv = arguments[1:]
    # Steps that it starts are handed over as well.
    sys.executable = environment["PRELOADED_SHIM"]
    code = 1
    try:
        if kind == "-m":
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = _exit_code(end)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        _finish(code)


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _finish(code: int) -> None:
    """End like an interpreter: wait for threads, run exit functions, flush streams."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
