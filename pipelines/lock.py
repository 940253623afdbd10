# SPDX-License-Identifier: Apache-2.0
"""Locks of state and outputs, and processes that end with the DVC that started them."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from components.core.errors import Busy, ProdlError
from components.core.files import remove_unfinished
from components.core.locks import LockHeld, hold_lock
from pipelines.console import say
from pipelines.git_ignore import keep_out_of_git

PR_SET_PDEATHSIG = 1

RUN_OUTPUTS: Final = ("reports", "metrics")
"""Folders of a checkout that runs write and DVC versions."""

PUBLISH_OUTPUTS: Final = ("models",)
"""The folder that publishing writes."""

_LOCK_FILE: Final = Path("reports", ".lock")

_PATIENCE: Final = 2.0


@contextmanager
def run_lock(state: Path, command: str) -> Iterator[None]:
    """Lock the state folder for the time of a run.

    The kernel frees the lock when its holder dies, however it dies.

    Args:
        state: The project's state folder.
        command: The holder's command, for the message of a second run.

    Raises:
        Busy: With the process and the command that hold it.
        ProdlError: If the state folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(state / "lock", command))
        except LockHeld as holder:
            raise Busy(
                f"the state folder {state} is in use by {holder}.\n"
                "Wait for it, or set PRODL_HOME to another folder."
            ) from None
        except OSError as error:
            raise ProdlError(
                f"the state folder {state} cannot be written: {error.strerror}.\n"
                "Make it writable for this user, or set PRODL_HOME to another folder."
            ) from None
        yield


@contextmanager
def outputs_lock(
    root: Path, command: str, folders: Sequence[str] = RUN_OUTPUTS
) -> Iterator[None]:
    """Lock the outputs of a checkout while some of them are written.

    Runs with state folders of their own share the outputs of their checkout; a second
    writer waits, for writing takes seconds. A command that holds the lock of a state
    folder as well takes that one first.

    What killed writers left unfinished is removed.

    Args:
        root: The project's root folder.
        command: The holder's command, for the message of a writer that waits.
        folders: Those that are written. Defaults to `RUN_OUTPUTS`.

    Raises:
        ProdlError: If the outputs cannot be written.
    """
    check_outputs_writable(root, folders)
    with ExitStack() as stack:
        lock = hold_lock(root / _LOCK_FILE, command, _say_wait, _PATIENCE)
        try:
            stack.enter_context(lock)
        except OSError as error:
            reason = error.strerror or str(error)
            raise _not_writable(root, folders, reason) from None
        keep_out_of_git(root, root / _LOCK_FILE)
        for folder in _written_folders(root, folders):
            remove_unfinished(folder)
        yield


def check_outputs_writable(root: Path, folders: Sequence[str] = RUN_OUTPUTS) -> None:
    """Refuse a checkout whose outputs cannot be written, before an hour of training.

    Args:
        root: The project's root folder.
        folders: Those that will be written. Defaults to `RUN_OUTPUTS`.

    Raises:
        ProdlError: With the folder that cannot be written.
    """
    for folder in (*_written_folders(root, folders), (root / _LOCK_FILE).parent):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        # The kernel's own answer, which knows read-only file systems as well.
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            raise _not_writable(root, folders, f"no writable folder {existing}")


def _written_folders(root: Path, folders: Sequence[str]) -> Iterator[Path]:
    """The folders, and those in them where an unfinished file may lie."""
    for name in folders:
        yield root / name
        inner = {"reports": ("data",), "models": ("*", "*/evidence")}.get(name, ())
        for pattern in inner:
            yield from (p for p in (root / name).glob(pattern) if p.is_dir())


def _not_writable(root: Path, folders: Sequence[str], reason: str) -> ProdlError:
    return ProdlError(
        f"{', '.join(folders)} in {root} cannot be written: {reason}.\n"
        "Make the checkout writable for this user, or work in a copy of it."
    )


def _say_wait(holder: str) -> None:
    say(f"waiting for {holder}, which writes reports and models of this checkout")


def die_with_parent() -> None:
    """End when the parent process ends, also if it has ended already (Linux).

    A killed `dvc repro` would else leave a stage that writes beside its successor.
    Only under DVC: a shell may rightly end before the command it started.
    """
    if sys.platform == "linux" and os.environ.get("DVC_ROOT"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        # The kernel sends no signal for a parent that ended before this call.
        if _is_orphan():
            os.kill(os.getpid(), signal.SIGTERM)


def _is_orphan() -> bool:
    """Whether the parent is a process that adopts orphans, and no DVC of its own.

    A DVC that is the first process of a container is in the group of its stages.
    """
    parent = os.getppid()
    try:
        if parent == 0 or os.getpgid(parent) == os.getpgid(0):
            return False
        return parent == 1 or Path(f"/proc/{parent}/comm").read_text() == "systemd\n"
    except (ProcessLookupError, FileNotFoundError):
        # It ended just now.
        return True
