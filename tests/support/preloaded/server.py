# SPDX-License-Identifier: Apache-2.0
"""Fork a process per command, with the libraries imported already.

    python server.py SOCKET

A client sends its three standard streams with the length of a message, then the message
(JSON: arguments, folder, environment), and receives the exit code as text. The process
of a client that goes away is ended.
"""

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading

LIBRARIES = (
    "tensorflow",
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


def main(address: str) -> None:
    """Import the libraries, then serve until the process is ended."""
    for name in LIBRARIES:
        importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    print("ready", flush=True)
    # Processes that have ended are not waited for here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve(connection)
        connection.close()


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
    """Become the process of a command: `-m MODULE ARGUMENT...`."""
    arguments, environment = command["arguments"], command["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(command["folder"]))
    module = arguments[1]
    first = [p for p in environment.get("PYTHONPATH", "").split(os.pathsep) if p]
    sys.path[:] = [os.getcwd(), *first, *sys.path[1:]]
    sys.argv = [module, *arguments[2:]]
    # Steps that it starts are handed over as well.
    sys.executable = environment["PRELOADED_SHIM"]
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
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
    main(sys.argv[1])
