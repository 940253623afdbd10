# SPDX-License-Identifier: Apache-2.0
"""What KFP's own programs said for a compiled file, kept in tests/records/kfp.

A record has the compiled file and, for each step, the ExecutorInput that the driver
made, the ExecutorOutput that the step answered, and the patch of the step's Pod. One is
kept whole; each other one as its difference from that (a JSON merge patch, RFC 7386).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parents[2] / "records" / "kfp"
# For each recipe: the version and the pool whose record is kept whole.
WHOLE: Final = ("2.16.1", "cpu")
DOCUMENTS: Final = ("pipeline", "platform")

Documents = list[dict[str, Any]]
Steps = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class RecordName:
    """Which record."""

    version: str
    """Release of KFP."""

    recipe: str
    """Recipe of the tests' small project."""

    pool: str
    """Pool that it was compiled for."""

    @property
    def is_whole(self) -> bool:
        """Whether it is kept whole."""
        return (self.version, self.pool) == WHOLE

    @property
    def whole(self) -> "RecordName":
        """The record from which this one is a difference."""
        return RecordName(WHOLE[0], self.recipe, WHOLE[1])

    def path(self, suffix: str) -> Path:
        """A file of the record."""
        return FOLDER / self.version / f"{self.recipe}-{self.pool}{suffix}"

    def __str__(self) -> str:
        return f"{self.version}-{self.recipe}-{self.pool}"


@dataclass(frozen=True)
class Record:
    """One run of KFP's programs."""

    documents: Documents
    """The compiled file: pipeline and platform document."""

    steps: Steps
    """Step -> its executor_input, executor_output and pod_spec_patch."""

    def write_specification(self, path: Path) -> Path:
        """Write the compiled file, for a reader of such files."""
        path.write_text(yaml.safe_dump_all(self.documents, sort_keys=True))
        return path


def record_names() -> list[RecordName]:
    """All records, in order."""
    return sorted(_names(), key=str)


def read_record(name: RecordName) -> Record:
    """Read a record."""
    if name.is_whole:
        documents = list(yaml.safe_load_all(name.path(".yaml").read_text()))
        return Record(documents, json.loads(name.path(".json").read_text()))
    whole = _as_object(read_record(name.whole))
    found = _apply(whole, json.loads(name.path(".patch.json").read_text()))
    documents = [found["specification"][key] for key in DOCUMENTS]
    return Record(documents, found["steps"])


def write_record(name: RecordName, record: Record) -> None:
    """Write a record; that of which it is a difference must be there.

    Raises:
        ValueError: If reading it would not give what was written.
    """
    name.path("").parent.mkdir(parents=True, exist_ok=True)
    if name.is_whole:
        record.write_specification(name.path(".yaml"))
        _write_json(name.path(".json"), record.steps)
    else:
        whole = _as_object(read_record(name.whole))
        _write_json(name.path(".patch.json"), _difference(whole, _as_object(record)))
    if read_record(name) != record:
        raise ValueError(f"record {name} cannot be kept as a merge patch")


def _names() -> Iterator[RecordName]:
    for path in FOLDER.glob("*/*.json"):
        recipe, _, pool = path.name.partition(".")[0].rpartition("-")
        yield RecordName(path.parent.name, recipe, pool)


def _as_object(record: Record) -> dict[str, Any]:
    documents = dict(zip(DOCUMENTS, record.documents, strict=True))
    return {"specification": documents, "steps": record.steps}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def _apply(target: Any, patch: Any) -> Any:
    """RFC 7386: objects are merged, null removes a key, the rest is replaced."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _apply(found.get(key), value)
    return found


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch that makes one object of another."""
    found: dict[str, Any] = dict.fromkeys(old.keys() - new.keys())
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if changed := _difference(before, value):
                found[key] = changed
        elif value != before:
            found[key] = value
    return found
