# SPDX-License-Identifier: Apache-2.0
"""The verdict of a run, `verdict.json`: what `prodl publish` and DVC read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from components.contracts.verdicts import (
    VERDICT_FILE,
    GateCheck,
    ModelVerdict,
    read_model_verdict,
)
from components.core.errors import UsageError
from components.core.hashing import hash_directory
from components.core.json_files import read_json, write_json
from components.core.records import read_record
from components.model_store.published import read_provenance
from components.validation.verdict import read_verdict
from pipelines.approvals.status import LimitStatus
from pipelines.data_version import DataVersion
from pipelines.lineage.blessing import Blessing
from pipelines.nodes import (
    DATA_SECTIONS,
    EVALUATE,
    EVALUATION,
    PUSHED_MODEL,
    PUSHER,
)
from pipelines.run_record import RunRecord

AnyVerdict = TypeVar("AnyVerdict")


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

    model_sha256: str = ""
    """Hash over the files that were evaluated and pushed; empty if it did not pass."""

    model_key: str = ""
    """Hash of everything that determines the model; empty if it did not pass."""

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

    limits: LimitStatus | None = None
    """Who stands for the limits, where they were learned; None for curated ones."""


def recipe_verdict(
    name: str, state: Path, record: RunRecord, blessing: Blessing | None
) -> RecipeVerdict:
    """The verdict of a recipe's run.

    A model passes by the verdict that Evaluate wrote in this run, with one check or
    more, if the metadata store has blessed the same model and the pushed files are
    those that were evaluated. Whatever is missing, the model does not pass.

    Args:
        name: Name of the recipe.
        state: The state folder; folders are given relative to it.
        record: The run.
        blessing: Blessing that this run's metadata has; None for none.
    """
    evaluation = record.output(EVALUATION)
    verdict = read_model_verdict(evaluation) if evaluation else ModelVerdict(())
    pushed = record.output(PUSHED_MODEL)
    stopped_at = _stopped_at(record)
    if not stopped_at and not verdict.failed:
        stopped_at = _missing_proof(record, verdict, blessing, pushed)
    passed = verdict.passed and not stopped_at
    return RecipeVerdict(
        recipe=name,
        run=record.name,
        passed=passed,
        checks=verdict.checks,
        stopped_at=stopped_at,
        pushed=_inside(state, pushed) if passed else "",
        evaluation=_inside(state, evaluation),
        data=record.data,
        model_sha256=verdict.model_sha256 if passed else "",
        model_key=_model_key(pushed) if passed else "",
    )


def dataset_verdict(
    record: RunRecord, limits: LimitStatus | None = None
) -> DatasetVerdict:
    """The verdict of a run of the data steps.

    The data pass by the results of the checks of both stages, each written in this run.

    Args:
        record: The run.
        limits: Who stands for the limits. Defaults to None, for curated ones.
    """
    folders = {output.node: record.output(output) for output in DATA_SECTIONS}
    verdicts = [read_verdict(folder) for folder in folders.values() if folder]
    passed = len(verdicts) == len(folders) and all(v.passed for v in verdicts)
    remedy = "Run again; if it stays, move the state folder away first."
    return DatasetVerdict(
        passed and record.error is None and record.stopped_at is None,
        record.data,
        {
            node: read_json(folder / VERDICT_FILE, remedy)
            for node, folder in folders.items()
            if folder
        },
        limits,
    )


def write_verdict(verdict: RecipeVerdict | DatasetVerdict, folder: Path) -> None:
    """Write `verdict.json` into a folder; equal verdicts give equal bytes."""
    write_json(folder / VERDICT_FILE, verdict_content(verdict))


def verdict_content(verdict: RecipeVerdict | DatasetVerdict) -> dict[str, Any]:
    """The content of `verdict.json`; curated limits are no part of it."""
    content = asdict(verdict)
    if isinstance(verdict, DatasetVerdict):
        if verdict.limits is None:
            return {n: value for n, value in content.items() if n != "limits"}
        content["limits"]["provisional"] = verdict.limits.provisional
    return content


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


def _read(cls: type[AnyVerdict], path: Path, command: str) -> AnyVerdict:
    content = read_json(path, f"Make it again with: {command}")
    if isinstance(content, dict) and isinstance(content.get("limits"), dict):
        # Derived from the others.
        content["limits"].pop("provisional", None)
    try:
        return read_record(cls, content, str(path))
    except UsageError as error:
        raise UsageError(
            f"{error}\nAnother version of prodl wrote this file. Make it again with: "
            f"{command}"
        ) from None


def _stopped_at(record: RunRecord) -> str:
    if stopped := record.stopped_at:
        return f"{stopped.node}: {stopped.reason}"
    if record.error:
        return f"the run: {record.error}".partition("\n")[0]
    return ""


def _missing_proof(
    record: RunRecord,
    verdict: ModelVerdict,
    blessing: Blessing | None,
    pushed: Path | None,
) -> str:
    """What a verdict without a failed check lacks to pass; empty for nothing."""
    if not dataset_verdict(record).passed:
        return "the data gates: this run has no result of both that passed"
    if not verdict.checks:
        return f"{EVALUATE}: this run has no verdict on the model with a check in it"
    if blessing is None or not blessing.is_blessed:
        return f"{EVALUATE}: the metadata store has not blessed the model"
    if blessing.model_sha256 != verdict.model_sha256:
        return f"{EVALUATE}: the metadata store has blessed another model"
    if pushed is None or not pushed.is_dir():
        return f"{PUSHER}: it has pushed no model"
    if hash_directory(pushed) != verdict.model_sha256:
        return f"{PUSHER}: the pushed model is not the one that was evaluated"
    return ""


def _model_key(model: Path | None) -> str:
    return str(read_provenance(model).get("model_key", "")) if model else ""


def _inside(state: Path, folder: Path | None) -> str:
    return str(folder.relative_to(state)) if folder else ""
