# SPDX-License-Identifier: Apache-2.0
"""The two local runs: a whole recipe, or the data steps of a data set alone.

Each ends by writing the outputs that DVC tracks, also when a gate refused.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from components.core.errors import (
    Busy,
    DataRefused,
    ProdlError,
    UnusableState,
    UsageError,
)
from components.core.project import project_root, state_dir
from components.core.redaction import without_secrets
from components.ingest.source_list import read_source_list
from pipelines.approvals.status import learned_limits
from pipelines.config import Config, load_config
from pipelines.console import log_file, quiet, say
from pipelines.context import RunContext, dataset_context, recipe_context
from pipelines.data_version import describe_commit
from pipelines.failures import as_prodl_error
from pipelines.local.dvc_queue import prepare_queue
from pipelines.local.outputs import write_dataset_outputs, write_recipe_outputs
from pipelines.local.summary import summarise_dataset, summarise_recipe
from pipelines.lock import (
    check_outputs_writable,
    die_with_parent,
    outputs_lock,
    run_lock,
)
from pipelines.published_models import find_baseline
from pipelines.run_record import RunRecord, load_record, save_record
from pipelines.settings_check import check_dataset, check_recipe
from pipelines.state_folder import check_place, open_state, record_executions
from pipelines.verdicts import dataset_verdict


@dataclass(frozen=True)
class LocalRun:
    """A run in the state folder of this machine."""

    context: RunContext
    """The recipe, or the data set alone."""

    state: Path
    """The state folder."""

    log: Path
    """File for the logging of the libraries."""

    verbose: bool
    """Leave the logging on the terminal instead."""


def run_recipe(name: str, verbose: bool = False) -> None:
    """Run a recipe through all steps and write its metrics, verdict and report.

    A refused model is a result, not an error: it is in the page and the verdict.

    Args:
        name: Name of the recipe.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        ProdlError: If a step failed, with the exit code of that kind of failure.
    """
    config = check_recipe(project_root(), name)
    _check_surroundings(config.root)
    command = f"prodl run {name}"
    run = _start(recipe_context(config, name), verbose)
    with _open_run(run, command):
        record = _run_recipe_graph(run)
        save_record(record, run.state, name)
        source_list = run.context.source_list
        with outputs_lock(config.root, command):
            verdict = write_recipe_outputs(name, config, source_list, run.state, record)
        _record_progress(record, run)
    _say_all(prepare_queue(config, run.context.data))
    _say_all(summarise_recipe(verdict, config))
    _raise_error(record, run)


def validate_dataset(dataset: str, verbose: bool = False) -> None:
    """Run the data steps of a data set and write its data validation report.

    Args:
        dataset: Name of the data set.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        DataRefused: If a check of severity `critical` failed.
    """
    config = check_dataset(project_root(), dataset)
    _check_surroundings(config.root)
    command = f"prodl validate {dataset}"
    run = _start(dataset_context(config, dataset), verbose)
    with _open_run(run, command):
        record = _run_data_graph(run)
        save_record(record, run.state, dataset)
        source_list = run.context.source_list
        with outputs_lock(config.root, command):
            verdict = write_dataset_outputs(config.root, source_list, record)
        _record_progress(record, run)
    _say_all(prepare_queue(config, run.context.data))
    _say_all(summarise_dataset(verdict, config))
    _raise_error(record, run)
    _require_results(record)


def rewrite_report(label: str) -> None:
    """Write a page again from the artifacts of the last run of a recipe or data set.

    Raises:
        UsageError: If nothing of that name was run in this state folder.
    """
    root, state = project_root(), state_dir()
    config = load_config(root)
    # Before a lock makes the folder that it is in.
    _last_record(config, state, label)
    command = f"prodl report {label}"
    with run_lock(state, command), outputs_lock(root, command):
        check_place(state)
        record = _last_record(config, state, label)
        source_list = read_source_list(root, record.data.dataset)
        if label in config.datasets:
            write_dataset_outputs(root, source_list, record)
        else:
            write_recipe_outputs(label, config, source_list, state, record)


def _last_record(config: Config, state: Path, label: str) -> RunRecord:
    record = load_record(state, label)
    if record is None:
        known = [*config.recipes, *config.datasets]
        verb = "validate" if label in config.datasets else "run"
        hint = f"prodl {verb} {label}" if label in known else f"one of {known}"
        raise UsageError(f"{label!r} was not run yet in {state}. Run first: {hint}")
    return record


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _check_surroundings(root: Path) -> None:
    die_with_parent()
    check_outputs_writable(root)


@contextmanager
def _open_run(run: LocalRun, command: str) -> Iterator[None]:
    """Lock and check the state folder; send the logging of the libraries to the log."""
    with run_lock(run.state, command):
        open_state(run.state)
        with quiet(run.log, run.verbose):
            yield


def _start(context: RunContext, verbose: bool) -> LocalRun:
    log = log_file(f"{context.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}")
    return LocalRun(context, state_dir(), log, verbose)


def _run_recipe_graph(run: LocalRun) -> RunRecord:
    # TFX takes seconds to import, and a wrong name or missing file needs none of it.
    from pipelines.graph.pipeline import build_recipe
    from pipelines.local.runner import local_target, run_pipeline

    context = run.context
    baseline = find_baseline(context.root, context.name, context.model_key)
    target = local_target(run.state, context.data.dataset, context.name)
    graph = build_recipe(context, baseline, target)
    record = run_pipeline(graph, context.name, target, say)
    return _with_facts(replace(record, baseline=baseline.uri), context)


def _run_data_graph(run: LocalRun) -> RunRecord:
    # As above.
    from pipelines.graph.pipeline import build_validation
    from pipelines.local.runner import local_target, run_pipeline

    context = run.context
    target = local_target(run.state, context.name, context.name)
    graph = build_validation(context, target)
    return _with_facts(run_pipeline(graph, context.name, target, say), context)


def _with_facts(record: RunRecord, context: RunContext) -> RunRecord:
    # Its module reads the configuration of the training, which may import Keras.
    from components.core.git import git_state

    commit = describe_commit(*git_state())
    limits = learned_limits(context.root, context.data.dataset)
    return replace(record, commit=commit, data=context.data, limits=limits)


def _require_results(record: RunRecord) -> None:
    """Refuse data whose checks have no result in this run, whatever the reason."""
    if not dataset_verdict(record).passed:
        raise DataRefused(
            f"{record.data.dataset}: no node failed, but the run {record.name} has not "
            "the results of the checks of items and of distributions, passed both.\n"
            "Move the state folder away and run again."
        )


def _record_progress(record: RunRecord, run: LocalRun) -> None:
    """Note how far the database is; without it the next run compares with less."""
    if record.error is None:
        # The next run records them as well.
        with suppress(Busy):
            record_executions(run.state)


def _raise_error(record: RunRecord, run: LocalRun) -> None:
    if record.error is None:
        return
    failure = _as_failure(record.error, run.state)
    if run.log.exists():
        say(f"log: {run.log}")
    if not isinstance(failure, UnusableState):
        say("The same command goes on from here: finished nodes come from the cache.")
    raise failure from record.error


def _as_failure(error: BaseException, state: Path) -> BaseException:
    if isinstance(error, ProdlError | KeyboardInterrupt):
        return error
    known = as_prodl_error(error, state)
    return known or ProdlError(without_secrets(f"{type(error).__name__}: {error}"))
