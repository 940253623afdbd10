# SPDX-License-Identifier: Apache-2.0
"""The state folder as a whole: its artifacts and their database must belong together.

MLMD names artifacts by absolute paths, and TFX names their folders by ids that a new
database gives out again. A folder that was moved, or whose database is another one,
would have runs that read the artifacts of other runs without an error.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from components.core.errors import (
    DamagedFile,
    ProdlError,
    UnusableState,
    UsageError,
)
from components.core.files import write_text
from components.core.json_files import read_json, write_json
from components.core.records import read_record
from pipelines.lineage.database import (
    DATABASE,
    check_database,
    count_executions,
    move_away,
)

STATE_FILE: Final = "state.json"
FORMAT: Final = 1


@dataclass(frozen=True)
class StateRecord:
    """What a state folder says of itself, in `state.json`."""

    format: int
    """Version of the layout of the folder."""

    folder: str
    """Its absolute path, which the database has in the addresses of artifacts."""

    created: str
    """Time of its first use, in UTC."""

    executions: int
    """Highest id that the database had given to an execution, after the last run."""


def open_state(state: Path) -> None:
    """Refuse a state folder that a run cannot go on with; record one at its first use.

    To be called under the lock of the folder, before the first node runs.

    Args:
        state: The state folder.

    Raises:
        UnusableState: If it was moved, if its database is damaged or missing, or if it
            is another one than that of its artifacts; the message has the remedy.
        Busy: If another process keeps the database locked.
        ProdlError: If this user cannot write the database.
    """
    record = check_place(state)
    database = state / DATABASE
    if database.exists():
        _check_writable(database)
        check_database(database)
    _check_executions(state, record)
    if not (state / STATE_FILE).exists():
        write_json(state / STATE_FILE, asdict(record))
        # Where nothing else says that git is to leave it alone; DVC does as git does.
        write_text(state / ".gitignore", "*\n")


def check_place(state: Path) -> StateRecord:
    """Refuse a state folder that lies elsewhere than at its first use.

    Returns:
        Its record; a new one if it has none yet.

    Raises:
        UnusableState: With both places and the remedy.
        DamagedFile: If the record cannot be read.
    """
    place = str(state.resolve())
    record = _read_record(state)
    if record is None:
        created = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return StateRecord(FORMAT, place, created, executions=0)
    if record.folder != place:
        raise UnusableState(
            f"the state folder {place} was made as {record.folder}, where its "
            "database looks for every artifact.\n"
            "Move it back to that place, or start with an empty one: move it away, or "
            "set PRODL_HOME to another folder."
        )
    return record


def record_executions(state: Path) -> None:
    """Record how many executions the database has had; called after each run.

    Args:
        state: The state folder, opened by `open_state`.
    """
    record = check_place(state)
    executions = count_executions(state / DATABASE)
    write_json(state / STATE_FILE, asdict(replace(record, executions=executions)))


def _read_record(state: Path) -> StateRecord | None:
    path = state / STATE_FILE
    if not path.exists():
        return None
    remedy = (
        f"If {state} is where it always was, remove this file: the next run writes it "
        "again. Otherwise move the folder away."
    )
    content = read_json(path, remedy)
    try:
        record = read_record(StateRecord, content, str(path))
    except UsageError as error:
        raise DamagedFile(path, str(error), remedy) from None
    if record.format != FORMAT:
        raise UnusableState(
            f"{state} was made by another version of prodl (format {record.format}, "
            f"expected {FORMAT}).\n{move_away(state)}"
        )
    return record


def _check_writable(database: Path) -> None:
    if not os.access(database, os.W_OK):
        raise ProdlError(
            f"{database} cannot be written.\n"
            "Make it writable for this user, or set PRODL_HOME to another folder."
        )


def _check_executions(state: Path, record: StateRecord) -> None:
    """Refuse a database that does not know the executions of the artifacts."""
    known = count_executions(state / DATABASE)
    expected = max([record.executions, *_artifact_ids(state)])
    if known < expected:
        reason = f"it knows executions up to {known} only" if known else "it is missing"
        raise UnusableState(
            f"the artifacts in {state} are of executions up to {expected}, but "
            f"{state / DATABASE} is not their database: {reason}.\n{move_away(state)}"
        )


def _artifact_ids(state: Path) -> Iterator[int]:
    # <pipeline root>/<node>/<output>/<execution id>
    for folder in (state / "artifacts").glob("*/[!.]*/*"):
        if folder.name.isdecimal():
            yield int(folder.name)
