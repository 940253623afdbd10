# SPDX-License-Identifier: Apache-2.0
"""One run at a time, and a lock that no dead process keeps."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from components.core.errors import Busy
from pipelines.lock import run_lock

HOLDER = """
import sys, time
from pathlib import Path
from pipelines.lock import run_lock
with run_lock(Path(sys.argv[1]), "prodl run first"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_second_run_is_told_who_holds_the_state(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    message = rf"process {holder.pid} \(prodl run first\)"
    with pytest.raises(Busy, match=message), run_lock(tmp_path, "prodl run second"):
        pass


def test_killed_holder_frees_the_lock(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with run_lock(tmp_path, "prodl run second"):
        pass


STAGE = """
import os, sys, time
from pipelines.lock import die_with_parent
os.environ["DVC_ROOT"] = "."
die_with_parent()
print("started", flush=True)
time.sleep(60)
print("survived", flush=True)
"""
PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]])
"""


def test_stage_ends_when_its_dvc_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, STAGE], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    assert parent.stdout.readline() == "started\n"
    parent.kill()
    # The pipe closes when its last writer, the stage, is gone.
    assert parent.stdout.read() == ""
    parent.wait()
