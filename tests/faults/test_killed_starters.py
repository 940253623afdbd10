# SPDX-License-Identifier: Apache-2.0
"""A process ends with the one that started it, however that one ended."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

STAGE = """
import os, time
from pathlib import Path
from pipelines.lock import die_with_parent
while not Path("is_orphan").exists():
    time.sleep(0.01)
os.environ["DVC_ROOT"] = "."
die_with_parent()
print("survived", flush=True)
"""
STARTER = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", sys.argv[1]]).pid, flush=True)
sys.stdin.read()
"""
CHECK = """
import sys
from components.pusher.serving_check import check_serving
check_serving(sys.argv[1], timeout_seconds=60)
"""


def test_stage_whose_dvc_died_before_it_asked_the_kernel_ends(tmp_path: Path) -> None:
    starter = _start(STARTER, STAGE, cwd=tmp_path)
    assert starter.stdout
    starter.stdout.readline()
    _kill(starter)
    (tmp_path / "is_orphan").touch()
    # The pipe closes when its last writer, the stage, is gone.
    assert starter.stdout.read() == ""


def test_serving_check_ends_with_a_killed_publish(tmp_path: Path) -> None:
    # A model that nobody can read to its end.
    os.mkfifo(tmp_path / "saved_model.pb")
    publish = _start(CHECK, str(tmp_path))
    replay = os.pidfd_open(_wait_for_child(publish.pid))
    _kill(publish)
    # A file descriptor of a process can be read when the process has ended.
    ended, _, _ = select.select([replay], [], [], 10)
    assert ended


def _start(
    program: str, *arguments: str, cwd: Path | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def _wait_for_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.01)
    raise TimeoutError(f"process {pid} started no other")
