# SPDX-License-Identifier: Apache-2.0
"""The verdict of a run, `verdict.json`: what `prodl publish` and DVC read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from components.contracts.verdicts import GateCheck, ModelVerdict, read_model_verdict
from components.core.errors import UsageError
from components.core.records import read_record
from pipelines.data_version import DataVersion
from pipelines.nodes import (
    DATA_SECTIONS,
    EVALUATION,
    PUSHED_MODEL,
)
from pipelines.run_record import RunRecord

VERDICT_FILE: Final = "verdict.json"
Verdict = TypeVar("Verdict")


@dataclass(frozen=True)
class RecipeVerdict:
    """The verdict on the model of a recipe's run."""

    recipe: str
    """Name of the recipe."""

    run: str
    """Name of the run."""

    passed: bool
    """Whether the run ended and every check of the gate passed."""

    checks: tuple[GateCheck, ...]
    """The checks of the gate; empty if the run did not get there."""

    stopped_at: str
    """`<node>: <reason>` of the step that ended the run early; empty if none did."""

    pushed: str
    """Folder of the model that the Pusher pushed, relative to the state folder; empty
    if the gate refused the model."""

    evaluation: str
    """Folder of the evaluation, relative to the state folder."""

    data: DataVersion
    """The data version."""

    @property
    def text(self) -> str:
        """The verdict in one line, with the checks that failed."""
        if self.passed:
            return "passed"
        if self.stopped_at:
            return f"stopped at {self.stopped_at}"
        failed = [
            f"{check.name}: wanted {check.wanted}, received {check.received}"
            for check in self.checks
            if not check.passed
        ]
        return "refused, " + "; ".join(failed)


@dataclass(frozen=True)
class DatasetVerdict:
    """The verdict on a data set. It has no time in it: equal data give equal bytes."""

    passed: bool
    """Whether the data may be used."""

    data: DataVersion
    """The data version."""

    results: Mapping[str, Any]
    """Node -> the verdict.json of that validation step."""


def recipe_verdict(name: str, state: Path, record: RunRecord) -> RecipeVerdict:
    """The verdict of a recipe's run.

    Args:
        name: Name of the recipe.
        state: The state folder; folders are given relative to it.
        record: The run.
    """
    evaluation = record.output(EVALUATION)
    verdict = read_model_verdict(evaluation) if evaluation else ModelVerdict(())
    stopped = record.stopped_at
    passed = stopped is None and verdict.passed
    return RecipeVerdict(
        recipe=name,
        run=record.name,
        passed=passed,
        checks=verdict.checks,
        stopped_at=f"{stopped.node}: {stopped.reason}" if stopped else "",
        pushed=_inside(state, record.output(PUSHED_MODEL)) if passed else "",
        evaluation=_inside(state, evaluation),
        data=record.data,
    )


def dataset_verdict(record: RunRecord) -> DatasetVerdict:
    """The verdict of a run of the data steps."""
    results = {
        output.node: json.loads((folder / VERDICT_FILE).read_text(encoding="utf-8"))
        for output in DATA_SECTIONS
        if (folder := record.output(output))
    }
    return DatasetVerdict(record.error is None, record.data, results)


def write_verdict(verdict: RecipeVerdict | DatasetVerdict, folder: Path) -> None:
    """Write `verdict.json` into a folder; equal verdicts give equal bytes."""
    text = json.dumps(asdict(verdict), indent=1, sort_keys=True)
    (folder / VERDICT_FILE).write_text(text + "\n", encoding="utf-8")


def read_recipe_verdict(root: Path, name: str) -> RecipeVerdict:
    """Read the verdict of a recipe's last run.

    Raises:
        UsageError: If the recipe was not run, or by another version of prodl.
    """
    path = root / "reports" / name / VERDICT_FILE
    if not path.exists():
        raise UsageError(f"{name!r} has no verdict yet. Run first: prodl run {name}")
    return _read(RecipeVerdict, path, f"prodl run {name}")


def read_dataset_verdict(root: Path, dataset: str) -> DatasetVerdict:
    """Read the verdict on a data set of its last validation.

    Raises:
        UsageError: If another version of prodl wrote it.
    """
    path = root / "reports" / "data" / dataset / VERDICT_FILE
    return _read(DatasetVerdict, path, f"prodl validate {dataset}")


def _read(cls: type[Verdict], path: Path, command: str) -> Verdict:
    content = json.loads(path.read_text(encoding="utf-8"))
    try:
        return read_record(cls, content, str(path))
    except UsageError as error:
        raise UsageError(
            f"{error}\nAnother version of prodl wrote this file. Make it again with: "
            f"{command}"
        ) from None


def _inside(state: Path, folder: Path | None) -> str:
    return str(folder.relative_to(state)) if folder else ""
