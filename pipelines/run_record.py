# SPDX-License-Identifier: Apache-2.0
"""The record of a run: what each node did, and the facts that its page shows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.json_files import read_json_object, write_json
from components.core.records import read_record
from pipelines.data_version import UNKNOWN_DATA, DataVersion
from pipelines.nodes import NodeOutput

RUNS_FOLDER: Final = "runs"
COMPLETE: Final = ".complete"


@dataclass
class StepRecord:
    """The execution of one node."""

    node: str
    """Node id."""

    status: str = "not_run"
    """`ran`, `cached`, `refused`, `failed` or `not_run`."""

    reason: str = "an earlier step stopped the run"
    """Reason of the status, in one line."""

    seconds: float = 0.0
    """Wall time."""

    cpu_seconds: float = 0.0
    """User and system time, children included."""

    peak_memory_mb: float = 0.0
    """Highest resident memory of the process during the step."""

    outputs: dict[str, str] = field(default_factory=dict)
    """Output key -> folder."""

    execution_id: int | None = None
    """MLMD's id of the execution; None if there was none."""


@dataclass
class RunRecord:
    """One run."""

    name: str
    """Name of the run, `<recipe>.<time>`, as in MLMD."""

    commit: str = ""
    """Git commit of the code."""

    data: DataVersion = UNKNOWN_DATA
    """The data version."""

    baseline: str = ""
    """Published model that the candidate was compared with; empty if none."""

    steps: list[StepRecord] = field(default_factory=list)
    """One record per node, in order."""

    limits: dict[str, Any] = field(default_factory=dict)
    """Limits by which the data were judged, where they were learned; empty for curated
    ones."""

    error: BaseException | None = None
    """The error that ended the run; kept, not raised, so that a page can be made."""

    @property
    def stopped_at(self) -> StepRecord | None:
        """The step that ended the run early, if one did."""
        bad = [step for step in self.steps if step.status in ("refused", "failed")]
        return bad[0] if bad else None

    def output(self, wanted: NodeOutput) -> Path | None:
        """The folder of an output; None if the run did not get there."""
        for step in self.steps:
            if step.node == wanted.node and wanted.key in step.outputs:
                return Path(step.outputs[wanted.key])
        return None


def save_record(record: RunRecord, state: Path, label: str) -> None:
    """Save the record of the last run of a recipe or data set in the state folder."""
    # asdict copies every value, and not every exception can be copied.
    content = asdict(replace(record, error=None))
    content["error"] = str(record.error) if record.error else ""
    # A run that a gate stopped must not make `prodl clean` forget the last whole one.
    labels = [label] if record.error else [label, f"{label}{COMPLETE}"]
    for name in labels:
        write_json(state / RUNS_FOLDER / f"{name}.json", content)


def load_record(state: Path, label: str) -> RunRecord | None:
    """The record of the last run of a recipe or data set.

    Returns:
        None if there is none, or if another version of prodl wrote it: that version's
        artifacts are in no cache of this one.

    Raises:
        DamagedFile: If it is no record at all.
    """
    path = state / RUNS_FOLDER / f"{label}.json"
    if not path.exists():
        return None
    name = label.removesuffix(COMPLETE)
    content = read_json_object(path, f"Remove it; the next run of {name} makes it.")
    error = content.pop("error", "")
    try:
        record = read_record(_SavedRecord, content, str(path))
    except UsageError:
        return None
    return RunRecord(
        name=record.name,
        commit=record.commit,
        data=record.data,
        baseline=record.baseline,
        steps=list(record.steps),
        limits=dict(record.limits),
        error=RuntimeError(error) if error else None,
    )


@dataclass(frozen=True)
class _SavedRecord:
    """A RunRecord as JSON holds it, without the error."""

    name: str
    commit: str
    data: DataVersion
    baseline: str
    steps: tuple[StepRecord, ...]
    limits: Mapping[str, Any] = field(default_factory=dict)
