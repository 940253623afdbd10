# SPDX-License-Identifier: Apache-2.0
"""The SQLite file of MLMD: whether it is sound, and how many executions it has had.

It is examined with Python's own sqlite3: MLMD's errors are SQL texts, and a database
that has a damaged page fails only when a query comes to it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from components.core.errors import Busy, ProdlError, UnusableState

DATABASE: Final = "mlmd.sqlite"
"""Its name in a state folder."""

PATIENCE: Final = 5.0
"""Seconds to wait for a process that has the database locked."""


def check_database(path: Path) -> None:
    """Examine every page of a database.

    A transaction that a killed process left open is rolled back first.

    Args:
        path: The SQLite file; it must exist.

    Raises:
        UnusableState: If it is damaged, or no database.
        Busy: If another process keeps it locked.
        ProdlError: If this user cannot read it.
    """
    with _connect(path) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damaged_database(path, found)


def count_executions(path: Path) -> int:
    """The highest id that MLMD gave to an execution; 0 if it has given none.

    Raises:
        UnusableState, Busy, ProdlError: As for `check_database`.
    """
    if not path.exists():
        return 0
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'Execution'"
    with _connect(path) as connection:
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
        if not connection.execute(tables).fetchone():
            return 0
        found = connection.execute(query).fetchone()
        return int(found[0]) if found else 0


def damaged_database(path: Path, reason: str) -> UnusableState:
    """The error for a database that cannot be read.

    Args:
        path: The SQLite file.
        reason: What SQLite says of it.
    """
    return UnusableState(
        f"{path} is damaged: {' '.join(reason.split())}.\n{move_away(path.parent)}"
    )


def move_away(state: Path) -> str:
    """Word the remedy for a state folder that no run can go on with."""
    return (
        "Move the whole state folder away (the artifacts in it belong to that "
        f"database) and run again:\nmv {state} {state}.old"
    )


@contextmanager
def _connect(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        # Writable, because rolling back is writing.
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, PATIENCE, uri=True)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise _readable_error(path, error) from None


def _readable_error(path: Path, error: sqlite3.DatabaseError) -> ProdlError:
    # The lowest byte; the others tell variants.
    code = error.sqlite_errorcode & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged_database(path, str(error))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"{path} is in use by another process. Wait for it.")
    return ProdlError(
        f"{path} cannot be read: {error}.\nMake it readable and writable for this user."
    )
