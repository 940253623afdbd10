# SPDX-License-Identifier: Apache-2.0
"""One run at a time, and a lock that no dead process keeps."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from components.core.errors import Busy, ProdlError
from pipelines.lock import (
    PUBLISH_OUTPUTS,
    RUN_OUTPUTS,
    check_outputs_writable,
    outputs_lock,
    run_lock,
)

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


OUTPUT_WRITER = """
import sys
from pathlib import Path
from components.core.files import replace_atomically
from pipelines.lock import outputs_lock
root = Path(sys.argv[1])
for number in range(int(sys.argv[2])):
    with outputs_lock(root, "prodl run x"):
        with replace_atomically(root / "reports" / "x") as folder:
            folder.mkdir()
            for name in "abc":
                (folder / name).write_text(str(number))
        with replace_atomically(root / "metrics" / "x.json") as file:
            file.write_text(str(number))
"""


def test_two_state_folders_write_the_outputs_of_one_checkout(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OUTPUT_WRITER, str(tmp_path), "60"]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    files = [*tmp_path.glob("reports/x/*"), *tmp_path.glob("metrics/*")]
    assert {file.read_text() for file in files} == {"59"}
    left = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert left == [".gitignore", ".lock", "x"]


def test_lock_is_listed_beside_what_dvc_lists_where_git_ignores_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "reports").mkdir()
    ignored = tmp_path / "reports" / ".gitignore"
    ignored.write_text("/penguins-table\n")
    for _ in range(2):
        with outputs_lock(tmp_path, "prodl run x"):
            assert ignored.read_text() == "/penguins-table\n/.lock\n"


SLOW_WRITER = """
import sys, time
from pathlib import Path
from pipelines.lock import outputs_lock
with outputs_lock(Path(sys.argv[1]), "prodl run first"):
    print("held", flush=True)
    time.sleep(3)
"""


def test_writer_of_outputs_waits_for_another_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", SLOW_WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with outputs_lock(tmp_path, "prodl run second"):
            assert first.wait(1) == 0
    waiting = f"waiting for process {first.pid} (prodl run first)"
    assert capsys.readouterr().out.startswith(waiting)


@pytest.mark.parametrize(
    "folder",
    ["reports", "reports/data", "metrics", "models", "models/x", "models/x/evidence"],
)
def test_what_a_killed_writer_left_is_swept(tmp_path: Path, folder: str) -> None:
    leftover = tmp_path / folder / ".7.part-1795998859"
    leftover.mkdir(parents=True)
    (leftover / "saved_model.pb").touch()
    written = PUBLISH_OUTPUTS if folder.startswith("models") else RUN_OUTPUTS
    with outputs_lock(tmp_path, "prodl publish x", written):
        assert not leftover.exists()


def test_outputs_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics").touch()
    with pytest.raises(ProdlError, match=f"no writable folder {tmp_path}/metrics"):
        check_outputs_writable(tmp_path)


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
