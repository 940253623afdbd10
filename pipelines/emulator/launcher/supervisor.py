# SPDX-License-Identifier: Apache-2.0
"""Runs the command of a step, and ends all of it with its starter, even killed.

A script of its own, so that it starts in some milliseconds: its arguments are the file
descriptor for the step's peak memory, and the command. Its standard input closes when
the process that started it ends. As in a Pod, what the command leaves running ends with
it.
"""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

IS_LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
NOT_FOUND = 127


def main(peak_memory: int, command: list[str]) -> int:
    """Run the command; return its exit code, or end by the signal that ended it.

    Args:
        peak_memory: File descriptor that gets the largest resident size of the step's
            processes. Linux counts that of the process that started this one as this
            one's, but not as its children's.
        command: Program and arguments.
    """
    # What loses its parent becomes a child of this process.
    _ask_kernel(PR_SET_CHILD_SUBREAPER, 1)
    try:
        step = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            # This process has one thread here, so code between fork and exec is safe.
            preexec_fn=_end_with_parent,
        )
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_FOUND
    threading.Thread(target=_end_with_starter, args=(step.pid,), daemon=True).start()
    status = step.wait()
    _kill_children()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    os.write(peak_memory, str(peak).encode())
    if status < 0:
        with contextlib.suppress(OSError):  # It cannot be set for SIGKILL.
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _ask_kernel(option: int, value: int) -> None:
    if IS_LINUX:
        ctypes.CDLL(None).prctl(option, value)


def _end_with_parent() -> None:
    """Ask the kernel to end the step when this process is killed."""
    _ask_kernel(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with_starter(step: int) -> None:
    while os.read(0, 1):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(step, signal.SIGKILL)


def _kill_children() -> None:
    """End what the step left running (Linux)."""
    lists = Path("/proc/self/task").glob("*/children") if IS_LINUX else ()
    left = [int(pid) for path in lists for pid in path.read_text().split()]
    for pid in left:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    if left:
        # Their children are now this process's own.
        _kill_children()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
