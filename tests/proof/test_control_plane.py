# SPDX-License-Identifier: Apache-2.0
"""The control plane itself: what answers, and that it leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.core.project import project_root
from infra.proof.client import Client
from infra.proof.control_plane import ControlPlane
from infra.proof.programs import MODULES
from tests.support.manifests import Kubectl

pytestmark = [pytest.mark.proof, pytest.mark.slow]

# A process that starts a control plane, says so, and waits to be killed.
HOLDER = """
import sys, time
from pathlib import Path
from infra.proof.control_plane import control_plane

with control_plane(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(600)
"""


def test_server_is_of_the_version_that_go_mod_requires(
    client: Client, kubectl: Kubectl
) -> None:
    (module,) = (module for module in MODULES if module.name == "kubernetes")
    assert client.read("version")["gitVersion"] == module.version
    assert f"Server Version: {module.version}" in kubectl("version").stdout


def test_nothing_listens_beyond_loopback(plane: ControlPlane) -> None:
    """Ports of all its processes, from the kernel's table of listening sockets."""
    listening = "0A"
    loopback = "0100007F"
    addresses = {
        fields[1].partition(":")[0]
        for pid in _processes(plane.folder)
        for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        if (fields := line.split())[3] == listening and _owns(pid, fields[9])
    }
    assert addresses == {loopback}


def test_killed_tests_leave_no_process(tmp_path: Path, plane: ControlPlane) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=project_root(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "ready\n"
    assert len(_processes(tmp_path)) == 4
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    limit = time.monotonic() + 10
    while _processes(tmp_path) and time.monotonic() < limit:
        time.sleep(0.1)
    assert _processes(tmp_path) == []


def _processes(folder: Path) -> list[int]:
    """Processes that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _owns(pid: int, inode: str) -> bool:
    """Whether a process has a socket open."""
    links = (os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir())
    return f"socket:[{inode}]" in set(links)
