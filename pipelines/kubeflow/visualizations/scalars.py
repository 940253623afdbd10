# SPDX-License-Identifier: Apache-2.0
"""Metrics and verdicts as `system.Metrics`: one row of KFP's table per property.

KFP sorts the rows of a run by name and compares runs by them, so names are the same in
every run, and what belongs together begins alike. A verdict has `passed` (1 or 0) and
`failed_checks`; each check has its figure under its name, and beside it
`<check>.passed` and `<check>.wanted`, the threshold.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from components.contracts.verdicts import GateCheck, read_model_verdict
from components.evaluator.metrics import UNIT, read_metrics
from components.validation.verdict import read_verdict
from pipelines.kubeflow.visualizations.drawing import Drawing

Row = float | int | str


class Check(Protocol):
    """A check of either gate."""

    @property
    def name(self) -> str:
        """Name of the check."""

    @property
    def wanted(self) -> str:
        """Its limits, in words."""

    @property
    def received(self) -> str:
        """The value, in words."""

    @property
    def passed(self) -> bool:
        """Whether it passed."""


def data_checks(folders: Mapping[str, Path]) -> Drawing:
    """The verdict of one stage of data checks.

    Args:
        folders: `result` is the folder of the ValidationResult.
    """
    verdict = read_verdict(folders["result"])
    blocking = {"blocking_checks": len(verdict.blocking)}
    return Drawing(_verdict(verdict.passed, verdict.checks) | blocking)


def model_gate(folders: Mapping[str, Path]) -> Drawing:
    """The verdict of the model gate.

    Args:
        folders: `evaluation` is the folder of the ModelEvaluation.
    """
    verdict = read_model_verdict(folders["evaluation"])
    return Drawing(_verdict(verdict.passed, verdict.checks))


def model_metrics(folders: Mapping[str, Path]) -> Drawing:
    """The metrics of the model, `<name> [<unit>]`.

    Args:
        folders: `evaluation` is the folder of the ModelEvaluation.
    """
    record = read_metrics(folders["evaluation"])
    units = {name: record.protocol.get(UNIT + name, "") for name in record.values}
    return Drawing(
        {
            f"{name} [{units[name]}]" if units[name] else name: value
            for name, value in record.values.items()
        }
    )


def _verdict(passed: bool, checks: Iterable[Check]) -> dict[str, Any]:
    rows: dict[str, Row] = {"passed": int(passed)}
    rows["failed_checks"] = sum(not check.passed for check in checks)
    for check in checks:
        rows[check.name] = _figure(check)
        rows[f"{check.name}.passed"] = int(check.passed)
        rows[f"{check.name}.wanted"] = check.wanted
    return rows


def _figure(check: Check) -> Row:
    """The number, where the check has one and it is finite, else the words."""
    value = check.value if isinstance(check, GateCheck) else None
    return check.received if value is None else value
