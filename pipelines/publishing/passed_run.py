# SPDX-License-Identifier: Apache-2.0
"""The last run of a recipe, if the state folder proves that its model passed.

The verdict in `reports/` may be of another run, restored by DVC, or edited. It counts
only if the artifacts and the metadata of its run give the same verdict again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from components.core.errors import GateRefused, ModelRefused, UsageError
from components.model_store.published import read_provenance
from pipelines.config import Config
from pipelines.lineage.blessing import read_blessing
from pipelines.lineage.database import DATABASE
from pipelines.lineage.store import ExecutionRecord, LineageStore
from pipelines.nodes import SCHEMA
from pipelines.run_record import RunRecord, load_record
from pipelines.verdicts import RecipeVerdict, read_recipe_verdict, recipe_verdict


@dataclass(frozen=True)
class PassedRun:
    """A run whose model passed, with the folders of what it made."""

    record: RunRecord
    """The run."""

    verdict: RecipeVerdict
    """Its verdict, equal to that in `reports/`."""

    executions: Mapping[str, ExecutionRecord]
    """Its executions, by node."""

    pushed: Path
    """Folder of the pushed model."""

    evaluation: Path
    """Folder of the evaluation."""

    schema: Path
    """Folder of the schema."""


def require_passed_run(config: Config, state: Path, name: str) -> PassedRun:
    """Return the last run of a recipe if its model passed.

    Args:
        config: All parameters.
        state: The state folder.
        name: Name of the recipe.

    Raises:
        UsageError: If the recipe was not run, or the state folder is not that of the
            run in the verdict.
        GateRefused: If the model did not pass.
        ModelRefused: If the verdict is not the one that its run gave.
    """
    written = read_recipe_verdict(config.root, name)
    if not written.passed:
        raise GateRefused(
            f"{name!r} is not published: {written.text}.\n"
            f"See reports/{name}/index.html; what was published before stays."
        )
    record = load_record(state, name)
    executions = _executions(state, written.run)
    schema = record.output(SCHEMA) if record else None
    if not record or record.name != written.run or not executions or not schema:
        raise UsageError(
            f"what the run {written.run} of {name!r} made is not in the state folder "
            f"{state}.\n{_remedy(config, name)}"
        )
    blessing = read_blessing(state / DATABASE, record.name)
    proven = recipe_verdict(name, state, record, blessing)
    _require_same(config, written, proven)
    pushed = state / proven.pushed
    _require_recipe(config, pushed, name)
    return PassedRun(
        record,
        proven,
        executions,
        pushed=pushed,
        evaluation=state / proven.evaluation,
        schema=schema,
    )


def _executions(state: Path, run: str) -> dict[str, ExecutionRecord]:
    database = state / DATABASE
    return LineageStore(database).executions_in(run) if database.exists() else {}


def _require_same(
    config: Config, written: RecipeVerdict, proven: RecipeVerdict
) -> None:
    if not proven.passed:
        raise ModelRefused(
            f"{written.recipe!r} is not published: its verdict says passed, the state "
            f"folder says {proven.text}.\n{_remedy(config, written.recipe)}"
        )
    if written != proven:
        before, now = asdict(written), asdict(proven)
        changed = ", ".join(key for key in now if before[key] != now[key])
        raise ModelRefused(
            f"{written.recipe!r} is not published: its verdict is not the one that its "
            f"run {proven.run} gave; changed: {changed}.\n"
            f"{_remedy(config, written.recipe)}"
        )


def _require_recipe(config: Config, model: Path, name: str) -> None:
    recipe = read_provenance(model).get("recipe")
    if recipe != name:
        raise ModelRefused(
            f"{name!r} is not published: the pushed model is of the recipe {recipe!r}."
            f"\n{_remedy(config, name)}"
        )


def _remedy(config: Config, name: str) -> str:
    # DVC would bring the same verdict back from its cache of runs.
    stage = config.stage("run", name)
    return (
        f"Make it again with: prodl run {name}\n"
        f"Under DVC with: dvc repro --force --single-item {stage}"
    )
