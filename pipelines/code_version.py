# SPDX-License-Identifier: Apache-2.0
"""The installed code by version: for DVC, and for the reasons that nodes ran.

A fingerprint says that code changed. The versions of prodl and of the libraries, noted
in the state folder whenever they differ from the last run's, say what was installed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from components.core.json_files import read_json_record, write_json
from pipelines.fingerprint import LIBRARIES, project_fingerprint

# In the state folder.
HISTORY_FILE: Final = "code.json"
_REMEDY: Final = "Remove it; the next run makes it."


@dataclass(frozen=True)
class CodeVersion:
    """The installed code."""

    prodl: str
    """Version of prodl."""

    fingerprint: str
    """Hash of its source and of the versions of the libraries."""

    libraries: Mapping[str, str]
    """Library that influences results -> its version."""


@dataclass(frozen=True)
class NotedVersion:
    """The installed code since a run."""

    since: str
    """Time of the first run with it, as in the run's name."""

    code: CodeVersion
    """What was installed."""


@dataclass(frozen=True)
class CodeHistory:
    """The installed code of all runs of a state folder, oldest first."""

    versions: tuple[NotedVersion, ...] = ()
    """An entry per change."""

    def at(self, time: str) -> CodeVersion | None:
        """What was installed at the time of a run; None if that was not noted."""
        earlier = [noted.code for noted in self.versions if noted.since <= time]
        return earlier[-1] if earlier else None

    def changes_since(self, time: str) -> list[str]:
        """What changed between a run and the last one that was noted.

        Example:
            >>> history.changes_since("20261201T120000.000000")
            ['prodl 0.2.0 -> 0.3.0']
        """
        before = self.at(time)
        return version_changes(before, self.versions[-1].code) if before else []


def installed_code() -> CodeVersion:
    """The code that runs."""
    libraries = {name: version(name) for name in LIBRARIES}
    return CodeVersion(version("prodl"), project_fingerprint(), libraries)


def version_changes(before: CodeVersion, after: CodeVersion) -> list[str]:
    """The versions that differ, each with old and new value; prodl comes first.

    Args:
        before: What was installed.
        after: What is installed.
    """
    old = {"prodl": before.prodl, **before.libraries}
    new = {"prodl": after.prodl, **after.libraries}
    return [
        f"{name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    ]


def read_code_history(state: Path) -> CodeHistory:
    """Read the history of a state folder; empty if there is none.

    Raises:
        DamagedFile: If the file is no history.
    """
    path = state / HISTORY_FILE
    if not path.exists():
        return CodeHistory()
    return read_json_record(CodeHistory, path, _REMEDY)


def note_code(state: Path, time: str) -> Sequence[str]:
    """Note the installed code at the beginning of a run, if it is not the last run's.

    Args:
        state: The state folder.
        time: Time of the run, as in its name.

    Returns:
        What changed since the last run.
    """
    versions, code = read_code_history(state).versions, installed_code()
    last = versions[-1].code if versions else None
    if last == code:
        return []
    history = CodeHistory((*versions, NotedVersion(time, code)))
    write_json(state / HISTORY_FILE, asdict(history))
    return version_changes(last, code) if last else []
