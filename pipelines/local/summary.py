# SPDX-License-Identifier: Apache-2.0
"""The end of a run on the terminal: verdict, figures, page and next command."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.core.number_format import format_number
from components.core.project import state_dir
from components.core.shortening import enumerate_names, printable
from components.evaluator.metrics import METRICS_FILE, UNIT, read_metrics
from components.ingest.source_list import read_source_list
from pipelines.approvals.status import limit_status
from pipelines.config import Config
from pipelines.local.dvc_queue import DVC_STAGE
from pipelines.new_recipe.start import new_recipe_command
from pipelines.nodes import DISTRIBUTION_GATE, ITEM_GATE
from pipelines.verdicts import DatasetVerdict, RecipeVerdict

# Checks that are listed; those that failed come first and are all listed.
_LISTED: Final = 12
_WIDTH: Final = 60
_STATUSES: Final = ("failed", "warning", "passed")


@dataclass(frozen=True)
class _Line:
    """One check with its result."""

    status: str
    name: str
    received: str
    wanted: str


def summarise_recipe(verdict: RecipeVerdict, config: Config) -> list[str]:
    """Say how a run of a recipe ended, and what to do next.

    Args:
        verdict: The verdict of the run.
        config: All parameters.

    Returns:
        Lines for the terminal.
    """
    name = verdict.recipe
    lines = [
        _Line("passed" if c.passed else "failed", c.name, c.received, c.wanted)
        for c in verdict.checks
    ]
    if verdict.passed:
        word, following = "passed", _publish(name)
    elif verdict.stopped_at:
        # What stopped it is the error message that follows.
        node = verdict.stopped_at.partition(":")[0]
        word, following = f"stopped at {node}", _after_stop(verdict, config)
    else:
        word, following = "refused by its gate", _after_refusal(config, name)
    limits = limit_status(config.root, verdict.data.dataset)
    return [
        f"verdict: {word}",
        *_table(lines),
        *_main_figures(verdict, config),
        # The changes are on the page.
        *([printable(limits.text)] if limits and limits.is_provisional else []),
        f"page: reports/{name}/index.html",
        *([f"next: {following}"] if following else []),
    ]


def _main_figures(verdict: RecipeVerdict, config: Config) -> Iterable[str]:
    """Lines of the figures that readers know such a model by; none without any."""
    folder = state_dir() / verdict.evaluation
    if not verdict.evaluation or not (folder / METRICS_FILE).exists():
        return
    metrics = read_metrics(folder)
    checked = {check.metric for check in verdict.checks}
    for metric in config.recipe(verdict.recipe).family_spec.main_metrics:
        if metric in metrics.values and metric not in checked:
            unit = metrics.protocol.get(f"{UNIT}{metric}", "")
            figure = format_number(metrics.values[metric])
            yield printable(f"  measured {metric}: {figure}, {unit}")


def summarise_dataset(verdict: DatasetVerdict, config: Config) -> list[str]:
    """Say how a validation ended, and what to do next.

    Args:
        verdict: The verdict on the data set.
        config: All parameters.

    Returns:
        Lines for the terminal.
    """
    name = verdict.data.dataset
    checks = [check for r in verdict.results.values() for check in r["checks"]]
    limits = verdict.limits
    provisional = limits.provisional if limits else ()
    if not verdict.passed:
        word, command = "refused", f"prodl validate {name}"
        is_checked = any(not check["passed"] for check in checks)
        following = _after_data_refusal(name, command) if is_checked else _mend(command)
    elif provisional:
        word = "passed, by limits that are provisional"
        following = f"look at the page, then: prodl approve {name} --reason TEXT"
    else:
        in_stage = DVC_STAGE in os.environ
        word, following = "passed", "" if in_stage else _after_validation(config, name)
    return [
        f"verdict: {word}",
        *_table([_line_of(check) for check in checks]),
        *(printable(line) for line in provisional[:_LISTED]),
        f"page: reports/data/{name}/index.html",
        *([f"next: {following}"] if following else []),
    ]


def _line_of(check: Mapping[str, Any]) -> _Line:
    status = "passed"
    if not check["passed"]:
        status = "failed" if check["severity"] == "critical" else "warning"
    return _Line(status, check["name"], check["received"], check["wanted"])


def _table(lines: Sequence[_Line]) -> Iterable[str]:
    """The checks in columns, failed ones first; of many passed ones the first."""
    ordered = sorted(lines, key=lambda line: _STATUSES.index(line.status))
    num_failed = sum(line.status != "passed" for line in lines)
    shown = ordered[: max(_LISTED, num_failed)]
    rows = [(x.name, _short(x.received), _short(x.wanted)) for x in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for line, (name, received, wanted) in zip(shown, rows, strict=True):
        name, received = name.ljust(widths[0]), received.ljust(widths[1])
        yield f"  {line.status:<8} {name}  {received}  wanted: {wanted}"
    if more := len(ordered) - len(shown):
        yield f"  passed   {more:,} more"


def _short(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def after_approval(config: Config, dataset: str) -> str:
    """Return the command that follows where limits were approved.

    Args:
        config: All parameters.
        dataset: Name of the data set.
    """
    is_used = any(recipe.dataset == dataset for recipe in config.recipes.values())
    if is_used and (config.root / "dvc.yaml").exists():
        return "dvc repro"
    return _after_validation(config, dataset)


def _publish(name: str) -> str:
    # DVC goes on with the stages that it was asked for.
    return "" if DVC_STAGE in os.environ else f"prodl publish {name}"


def _after_refusal(config: Config, name: str) -> str:
    return (
        f"see the page for its mistakes; change {config.place(name)}: the trainer or, "
        f"with a reason, the gate. Then: {_again(config, name)}"
    )


def _after_stop(verdict: RecipeVerdict, config: Config) -> str:
    dataset = verdict.data.dataset
    node = verdict.stopped_at.partition(":")[0]
    if node in (ITEM_GATE, DISTRIBUTION_GATE):
        return _after_data_refusal(dataset, _again(config, verdict.recipe))
    return _mend(_again(config, verdict.recipe))


def _mend(command: str) -> str:
    return f"mend what the message below says, then: {command}"


def _again(config: Config, name: str) -> str:
    if DVC_STAGE in os.environ:
        return f"dvc repro {config.stage('publish', name)}"
    return f"prodl run {name}"


def _after_data_refusal(dataset: str, command: str) -> str:
    return (
        "see the page for the items; correct the data or, with a reason, the limits in "
        f"data/{dataset}. Then: {command}"
    )


def _after_validation(config: Config, dataset: str) -> str:
    recipes = [name for name, r in config.recipes.items() if r.dataset == dataset]
    if not recipes:
        modality = read_source_list(config.root, dataset).modality
        return new_recipe_command(config, dataset, modality)
    others = f" (or {enumerate_names(recipes[1:])})" if recipes[1:] else ""
    return f"prodl run {recipes[0]}{others}"
