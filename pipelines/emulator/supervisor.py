# SPDX-License-Identifier: Apache-2.0
"""Runs the command of a step, and ends all of it with its starter, even killed.

A script of its own, so that it starts in some milliseconds: the command is its
arguments, and its standard input closes when the process that started it ends. As in a
Pod, what the command leaves running ends with it.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
NOT_FOUND = 127


def main(command: list[str]) -> int:
    """Run the command; return its exit code, or end by the signal that ended it."""
    try:
        step = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            # This process has one thread here, so code between fork and exec is safe.
            preexec_fn=_end_with_parent,
        )
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_FOUND
    threading.Thread(target=_end_with_starter, args=(step.pid,), daemon=True).start()
    status = step.wait()
    _kill_group(step.pid)
    if status < 0:
        with contextlib.suppress(OSError):  # It cannot be set for SIGKILL.
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _end_with_parent() -> None:
    """Ask the kernel to end the step when this process is killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with_starter(group: int) -> None:
    while os.read(0, 1):
        pass
    _kill_group(group)


def _kill_group(group: int) -> None:
    # Nothing of it may be left, or only what has just ended (macOS).
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
