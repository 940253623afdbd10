# SPDX-License-Identifier: Apache-2.0
"""Verdict on a model: written by Evaluate, read when a model is reported or published.

It lies as `verdict.json` in the ModelEvaluation artifact, beside the metrics.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from components.contracts.damaged_outputs import output_remedy
from components.core.errors import DamagedFile
from components.core.json_files import (
    as_record,
    read_json_object,
    write_json,
)

VERDICT_FILE: Final = "verdict.json"
# Property of the blessing: an address says nothing of the files that lie there.
MODEL_SHA256: Final = "model_sha256"


@dataclass(frozen=True)
class GateCheck:
    """One limit of a gate and its result."""

    name: str
    """`metric.limit`, with the limit's key in params.yaml."""

    metric: str
    """Name of the metric."""

    wanted: str
    """The limit, in words."""

    received: str
    """The value, in words."""

    passed: bool
    """Whether the value keeps the limit."""

    value: float | None = None
    """The value; None where it is missing or not finite."""

    baseline: float | None = None
    """Value of the published model, for a limit relative to it."""

    note: str = ""
    """Further remark for a reader."""


@dataclass(frozen=True)
class ModelVerdict:
    """Result of the gate for one model."""

    checks: tuple[GateCheck, ...]
    """One per limit, in the order of the gate."""

    model_sha256: str = ""
    """Hash over the files of the SavedModel."""

    @property
    def passed(self) -> bool:
        """Whether there are checks, and every one passed."""
        return bool(self.checks) and not self.failed

    @property
    def failed(self) -> tuple[GateCheck, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)


def write_model_verdict(verdict: ModelVerdict, folder: str | Path) -> None:
    """Write verdict.json.

    Args:
        verdict: Result of the gate.
        folder: Folder of the ModelEvaluation artifact; made if needed.
    """
    record = {"passed": verdict.passed, **asdict(verdict)}
    write_json(Path(folder) / VERDICT_FILE, record)


def read_model_verdict(folder: str | Path) -> ModelVerdict:
    """Read verdict.json.

    Args:
        folder: Folder of the ModelEvaluation artifact.

    Raises:
        DamagedFile: If the folder holds none, or one that is no verdict.
        DamagedFile: If it is not what was written.
    """
    path = Path(folder) / VERDICT_FILE
    remedy = output_remedy(path.parent)
    record = read_json_object(path, remedy)
    # Derived from the checks.
    passed = record.pop("passed", None)
    verdict = as_record(ModelVerdict, record, path, remedy)
    if passed is not verdict.passed:
        raise DamagedFile(path, "its checks contradict its result", remedy)
    return verdict
