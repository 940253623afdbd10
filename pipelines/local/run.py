# SPDX-License-Identifier: Apache-2.0
"""The two runs a user starts: a whole recipe, or the data steps of a data set alone.

Each ends by writing what DVC tracks, the page among it, also when a gate said no.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from components.core.errors import ProdlError, UsageError
from components.core.project import project_root, state_dir
from components.ingest.source_list import read_source_list
from pipelines.config import Config, load_config
from pipelines.console import log_file, quiet, say
from pipelines.data_version import DataVersion, describe_commit, read_data_version
from pipelines.local.outputs import write_dataset_outcome, write_recipe_outcome
from pipelines.lock import die_with_parent, run_lock
from pipelines.run_record import RunRecord, load_record, save_record

if TYPE_CHECKING:
    from tfx.orchestration.pipeline import Pipeline

    from pipelines.graph import Place


@dataclass(frozen=True)
class Start:
    """What a run starts from.

    Attributes:
        label: Recipe or data set.
        root: The project's root folder.
        state: The state folder.
        config: All parameters.
        data: The data version.
        log: File that takes the libraries' logging.
        verbose: Leave the logging on the terminal instead.
    """

    label: str
    root: Path
    state: Path
    config: Config
    data: DataVersion
    log: Path
    verbose: bool


def run_recipe(name: str, verbose: bool = False) -> None:
    """Run a recipe through all steps and write its metrics, verdict and report.

    A refused model is a result, not an error: the page and the verdict say so.

    Args:
        name: Name of the recipe.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        ProdlError: If a step failed, with the exit code that tells which kind.
    """
    config = load_config(project_root())
    start = _start(name, config.recipe(name).dataset, config, verbose)
    with run_lock(start.state, f"prodl run {name}"), quiet(start.log, verbose):
        record = _run_model_graph(start)
        save_record(record, start.state, name)
        write_recipe_outcome(name, start.root, start.state, record)
    _raise_error(record, start)


def validate_dataset(dataset: str, verbose: bool = False) -> None:
    """Run the data steps of a data set and write its data validation report.

    Args:
        dataset: Name of the data set.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        DataRefused: If a check of severity `critical` failed.
    """
    config = load_config(project_root())
    config.dataset(dataset)
    start = _start(dataset, dataset, config, verbose)
    with run_lock(start.state, f"prodl validate {dataset}"), quiet(start.log, verbose):
        record = _run_data_graph(start)
        save_record(record, start.state, dataset)
        write_dataset_outcome(dataset, start.root, record)
    _raise_error(record, start)


def rewrite_report(label: str) -> None:
    """Write a page again from what the last run of a recipe or data set left.

    Raises:
        UsageError: If nothing of that name was run in this state folder.
    """
    root, state = project_root(), state_dir()
    config = load_config(root)
    record = load_record(state, label)
    if record is None:
        known = [*config.recipes, *config.datasets]
        verb = "validate" if label in config.datasets else "run"
        hint = f"prodl {verb} {label}" if label in known else f"one of {known}"
        raise UsageError(f"{label!r} was not run yet in {state}. Run first: {hint}")
    with run_lock(state, f"prodl report {label}"):
        if label in config.datasets:
            write_dataset_outcome(label, root, record)
        else:
            write_recipe_outcome(label, root, state, record)


def _start(label: str, dataset: str, config: Config, verbose: bool) -> Start:
    die_with_parent()
    state = state_dir()
    variant = config.dataset(dataset).variant
    return Start(
        label=label,
        root=config.root,
        state=state,
        config=config,
        data=read_data_version(
            config.root, read_source_list(config.root, dataset), variant
        ),
        log=log_file(f"{label}.{datetime.now(UTC):%Y%m%dT%H%M%S}"),
        verbose=verbose,
    )


def _run_model_graph(start: Start) -> RunRecord:
    from pipelines.graph import build, model_key
    from pipelines.local.runner import local_place
    from pipelines.published_models import find_baseline

    name = start.label
    baseline = find_baseline(
        start.root, name, model_key(start.config, name, start.data)
    )
    place = local_place(start.state, start.data.dataset, name)
    graph = build(name, start.config, start.data, baseline, place)
    return _run_graph(start, graph, place, baseline.uri)


def _run_data_graph(start: Start) -> RunRecord:
    from pipelines.graph import build_validation
    from pipelines.local.runner import local_place

    place = local_place(start.state, start.label, start.label)
    graph = build_validation(start.label, start.config, start.data, place)
    return _run_graph(start, graph, place)


def _run_graph(
    start: Start, graph: "Pipeline", place: "Place", baseline: str = ""
) -> RunRecord:
    from components.trainer.provenance import git_state
    from pipelines.local.runner import run_pipeline

    record = run_pipeline(graph, start.label, place, say)
    record.commit = describe_commit(*git_state())
    record.data = asdict(start.data)
    record.baseline = baseline
    return record


def _raise_error(record: RunRecord, start: Start) -> None:
    if record.error is None:
        return
    say(f"log: {start.log}")
    say("The same command goes on from here: finished nodes come from the cache.")
    if isinstance(record.error, ProdlError | KeyboardInterrupt):
        raise record.error
    raise ProdlError(f"{type(record.error).__name__}: {record.error}") from record.error
