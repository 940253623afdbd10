# SPDX-License-Identifier: Apache-2.0
"""The lock of a state folder, and processes that end with the DVC that started them."""

import ctypes
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.core.errors import Busy

PR_SET_PDEATHSIG = 1


@contextmanager
def run_lock(state: Path, command: str) -> Iterator[None]:
    """Lock the state folder for the time of a run.

    The kernel frees the lock when its holder dies, however it dies.

    Args:
        state: The project's state folder.
        command: The holder's command, for the message of a second run.

    Raises:
        Busy: With the process and the command that hold it.
    """
    state.mkdir(parents=True, exist_ok=True)
    with open(state / "lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Busy(_busy_message(state, file.read())) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "command": command}))
        file.flush()
        yield


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends (Linux).

    A killed `dvc repro` would else leave a stage that writes beside its successor.
    Only under DVC: a shell may rightly end before the command it started.
    """
    if sys.platform == "linux" and os.environ.get("DVC_ROOT"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _busy_message(state: Path, holder: str) -> str:
    try:
        record = json.loads(holder)
        who = f"process {record['pid']} ({record['command']})"
    except ValueError:
        who = "another process"
    return (
        f"the state folder {state} is in use by {who}.\n"
        "Wait for it, or set PRODL_HOME to another folder."
    )
