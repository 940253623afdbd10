# SPDX-License-Identifier: Apache-2.0
"""Verdict on a model: written by Evaluate, read when a model is reported or published.

It lies as `verdict.json` in the ModelEvaluation artifact, beside the metrics.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

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
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=1, sort_keys=True, allow_nan=False)
    (path / VERDICT_FILE).write_text(text + "\n", encoding="utf-8")


def read_model_verdict(folder: str | Path) -> ModelVerdict:
    """Read verdict.json.

    Args:
        folder: Folder of the ModelEvaluation artifact.

    Raises:
        FileNotFoundError: If the folder holds none.
    """
    text = (Path(folder) / VERDICT_FILE).read_text(encoding="utf-8")
    record: Mapping[str, Any] = json.loads(text)
    checks = tuple(GateCheck(**check) for check in record["checks"])
    return ModelVerdict(checks, record["model_sha256"])
