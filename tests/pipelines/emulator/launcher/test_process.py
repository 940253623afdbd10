# SPDX-License-Identifier: Apache-2.0
"""The process of a step leaves nothing behind, however its starter ends."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines.emulator.launcher.process import Process, open_lifeline, run_process
from tests.support.processes import wait_for

STARTER = """
import os, sys
from pathlib import Path
from pipelines.emulator.launcher.process import open_lifeline, run_process
with open_lifeline() as lifeline:
    folder = Path(sys.argv[1])
    run_process(sys.argv[2:], dict(os.environ), folder, folder / "log", lifeline)
"""
# Three processes that hold the named pipe open for writing; one leaves its session.
STEP = [
    *("sh", "-c"),
    "exec 3>held; setsid sleep 60 & sleep 60 & echo $PPID $$ >&3; sleep 60; :",
]


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A named pipe: it ends for its reader when every process of the step is gone."""
    path = tmp_path / "held"
    os.mkfifo(path)
    return path


def _start(
    folder: Path, lifeline: int, ended: list[Process], step: list[str]
) -> threading.Thread:
    def run() -> None:
        log = folder / "log"
        ended.append(run_process(step, os.environ, folder, log, lifeline))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _run(command: list[str], folder: Path) -> Process:
    with open_lifeline() as lifeline:
        return run_process(command, os.environ, folder, folder / "log", lifeline)


def test_killed_emulator_leaves_no_process(tmp_path: Path, held: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path), *STEP],
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    with held.open() as reader:
        assert reader.readline()
        starter.kill()
        starter.wait()
        assert reader.read() == ""


def test_emulator_that_stops_ends_its_steps(tmp_path: Path, held: Path) -> None:
    ended: list[Process] = []
    with open_lifeline() as lifeline:
        thread = _start(tmp_path, lifeline, ended, STEP)
        with held.open() as reader:
            reader.readline()
    thread.join(10)
    assert [process.exit_code for process in ended] == [-signal.SIGKILL]


def test_killed_supervisor_takes_its_step_along(tmp_path: Path, held: Path) -> None:
    ended: list[Process] = []
    step = ["sh", "-c", "exec 3>held; sleep 60 & echo $PPID >&3; sleep 60; :"]
    with open_lifeline() as lifeline:
        thread = _start(tmp_path, lifeline, ended, step)
        with held.open() as reader:
            os.kill(int(reader.readline()), signal.SIGKILL)
            assert reader.read() == ""
        thread.join(10)
    assert [process.exit_code for process in ended] == [-signal.SIGKILL]


def test_what_a_step_leaves_running_ends_with_it(tmp_path: Path) -> None:
    leave = "sleep 60 & echo $! >left; setsid sleep 60 & echo $! >>left; exit 3"
    process = _run(["sh", "-c", leave], tmp_path)
    assert process.exit_code == 3
    for left in (tmp_path / "left").read_text().split():
        _wait_for_end(int(left))


def test_missing_program_is_named_in_the_log(tmp_path: Path) -> None:
    assert _run(["no-such-program"], tmp_path).exit_code == 127
    assert (tmp_path / "log").read_text() == (
        "no-such-program: No such file or directory\n"
    )


def test_step_costs_what_its_processes_cost(tmp_path: Path) -> None:
    program = "import time; t = b' ' * (300 << 20)\nwhile time.process_time() < 0.5: 0"
    process = _run([sys.executable, "-c", program], tmp_path)
    assert process.exit_code == 0
    assert 0.5 <= process.cpu_seconds < 5
    assert 300 < process.peak_memory_mb < 1000


def _wait_for_end(pid: int) -> None:
    wait_for(lambda: _has_ended(pid), seconds=10)


def _has_ended(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().split(") ")[1][0] == "Z"
