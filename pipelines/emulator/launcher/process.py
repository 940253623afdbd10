# SPDX-License-Identifier: Apache-2.0
"""The process in the place of a container, which ends with the emulator."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")


@dataclass(frozen=True)
class Process:
    """The exit code and the resources of a finished process."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float


@contextmanager
def open_lifeline() -> Iterator[int]:
    """A file descriptor for the processes that must end with this block.

    They end at its end, and when this process is killed.
    """
    lifeline, held = os.pipe()
    try:
        yield lifeline
    finally:
        os.close(held)
        os.close(lifeline)


def run_process(
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
    lifeline: int,
) -> Process:
    """Run a command to its end.

    Args:
        command: Program and arguments.
        environment: All variables that it gets.
        folder: Its working directory.
        log: File for its output.
        lifeline: Of `open_lifeline`.
    """
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    peak, peak_of_step = os.pipe()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            # -I and -S: no variable and no package of the step's reaches it.
            [sys.executable, "-I", "-S", str(SUPERVISOR), str(peak_of_step), *command],
            pass_fds=(peak_of_step,),
            cwd=folder,
            env=environment,
            stdin=lifeline,
            stdout=stream,
            stderr=subprocess.STDOUT,
            # A Ctrl-C at the terminal reaches the emulator alone, which ends the step.
            start_new_session=True,
        )
        os.close(peak_of_step)
        _, status, usage = os.wait4(process.pid, 0)
    # If something killed the supervisor, its step may go on without it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Process(
        exit_code=process.returncode,
        seconds=time.monotonic() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_memory_mb=_read_peak(peak) / 1024,
    )


def _read_peak(pipe: int) -> int:
    """What the supervisor says of its step, in KiB; 0 if something killed it."""
    with open(pipe, encoding="ascii") as stream:
        return int(stream.read() or 0)
