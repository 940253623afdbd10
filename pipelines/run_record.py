# SPDX-License-Identifier: Apache-2.0
"""The record of a run: what each node did, and the few facts its page starts from."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

RUNS_FOLDER = "runs"
COMPLETE = ".complete"


@dataclass
class StepRecord:
    """What happened to one node.

    Attributes:
        node: Node id.
        status: `ran`, `cached`, `refused`, `failed` or `not_run`.
        reason: Why, in one line.
        seconds: Wall time.
        cpu_seconds: User and system time, children included.
        peak_memory_mb: Highest resident memory of the process during the step.
        outputs: Folder of each output, by name.
        execution_id: MLMD's id of the execution; None if there was none.
    """

    node: str
    status: str = "not_run"
    reason: str = "an earlier step stopped the run"
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    outputs: dict[str, str] = field(default_factory=dict)
    execution_id: int | None = None


@dataclass
class RunRecord:
    """What happened in one run.

    Attributes:
        name: Name of the run, `<recipe>.<time>`, as MLMD has it.
        commit: Git commit it ran from.
        data: The data version, field by field.
        baseline: Published model the candidate was compared with; empty if none.
        steps: One record per node, in order.
        error: What stopped it; kept, not raised, so that a page can be made.
    """

    name: str
    commit: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    baseline: str = ""
    steps: list[StepRecord] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def stopped_at(self) -> StepRecord | None:
        """The step that ended the run early, if one did."""
        bad = [step for step in self.steps if step.status in ("refused", "failed")]
        return bad[0] if bad else None

    def output(self, node: str, name: str) -> Path | None:
        """The folder of a node's output, or None if the run did not get there."""
        for step in self.steps:
            if step.node == node and name in step.outputs:
                return Path(step.outputs[name])
        return None


def save_record(record: RunRecord, state: Path, label: str) -> None:
    """Keep the record of the last run of a recipe or data set in the state folder."""
    # asdict copies what it holds, and not every exception can be copied.
    content = asdict(replace(record, error=None))
    content["error"] = str(record.error) if record.error else ""
    folder = state / RUNS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # A run that a gate stopped must not make `prodl clean` forget the last whole one.
    labels = [label] if record.error else [label, f"{label}{COMPLETE}"]
    for name in labels:
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def load_record(state: Path, label: str) -> RunRecord | None:
    """The record of the last run of a recipe or data set, or None without one."""
    path = state / RUNS_FOLDER / f"{label}.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    steps = [StepRecord(**step) for step in content.pop("steps")]
    error = content.pop("error")
    return RunRecord(
        **content, steps=steps, error=RuntimeError(error) if error else None
    )
