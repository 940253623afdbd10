# SPDX-License-Identifier: Apache-2.0
"""The lock of a state folder, and processes that end with the DVC that started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from components.core.errors import Busy
from components.core.locks import LockHeld, hold_lock

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
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(state / "lock", command))
        except LockHeld as holder:
            raise Busy(
                f"the state folder {state} is in use by {holder}.\n"
                "Wait for it, or set PRODL_HOME to another folder."
            ) from None
        yield


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends (Linux).

    A killed `dvc repro` would else leave a stage that writes beside its successor.
    Only under DVC: a shell may rightly end before the command it started.
    """
    if sys.platform == "linux" and os.environ.get("DVC_ROOT"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
