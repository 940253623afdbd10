# SPDX-License-Identifier: Apache-2.0
"""Failures of the machine (a full disk, a damaged database) in words for the user.

All others are faults of the code: one sentence, and the traceback in a log file.
"""

import errno
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from components.core.errors import Busy, ProdlError
from components.core.project import state_dir
from components.core.redaction import without_secrets
from pipelines.console import log_file, make_log_folder
from pipelines.lineage.database import DATABASE, damaged_database

# Libraries pass errors on as texts: Beam, TensorFlow, and MLMD those of SQLite.
_DISK_FULL: Final = ("No space left on device", "database or disk is full")
_DAMAGED: Final = ("database disk image is malformed", "file is not a database")
_READ_ONLY: Final = ("attempt to write a readonly database",)
_LOCKED: Final = ("database is locked",)

_MAX_LENGTH: Final = 300


def as_prodl_error(error: BaseException, state: Path) -> ProdlError | None:
    """Translate a failure of the machine.

    Args:
        error: What a step or a command raised.
        state: The state folder.

    Returns:
        The error for the user, with the remedy; None if it is no such failure.
    """
    text, database = str(error), state / DATABASE
    if _is_one_of(text, _DAMAGED):
        return damaged_database(database, next(t for t in _DAMAGED if t in text))
    if _is_one_of(text, _DISK_FULL) or _errno(error) in (errno.ENOSPC, errno.EDQUOT):
        return ProdlError(
            f"the disk is full: {first_line(error)}\n"
            "Free some space on it; `prodl clean` removes what no run needs."
        )
    if _is_one_of(text, _READ_ONLY):
        return ProdlError(
            f"{database} cannot be written.\nMake it writable for this user."
        )
    if _is_one_of(text, _LOCKED):
        return Busy(f"{database} is in use by another process. Wait for it.")
    if _errno(error) in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ProdlError(
            f"{first_line(error)}\nMake it readable and writable for this user."
        )
    return None


def unexpected_error(error: Exception, is_verbose: bool) -> ProdlError:
    """Word an error that a command did not foresee; its traceback goes to a log file.

    Args:
        error: What the command raised.
        is_verbose: Show the traceback on the terminal as well.
    """
    if is_verbose:
        traceback.print_exception(error)
    try:
        state = state_dir()
        if known := as_prodl_error(error, state):
            return known
        log = log_file(f"error.{datetime.now(UTC):%Y%m%dT%H%M%S}")
        make_log_folder(log)
        text = "".join(traceback.format_exception(error))
        log.write_text(without_secrets(text), encoding="utf-8")
        where = f"The traceback is in {log}."
    except (OSError, ProdlError) as reason:
        where = f"The traceback could not be kept: {first_line(reason)}"
    return ProdlError(f"{type(error).__name__}: {first_line(error)}\n{where}")


def first_line(error: BaseException) -> str:
    """The beginning of an error's message, or its type if it has none."""
    # MLMD adds the SQL text.
    text = str(error).partition(" query: ")[0].strip()
    lines = text.splitlines() or [type(error).__name__]
    line = without_secrets(" ".join(lines[0].split()))
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}..."


def _is_one_of(text: str, known: tuple[str, ...]) -> bool:
    return any(part in text for part in known)


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None
