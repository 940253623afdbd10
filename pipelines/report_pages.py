# SPDX-License-Identifier: Apache-2.0
"""Report pages: the sections of the steps, joined with the facts of the run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from components.contracts.verdicts import GateCheck
from components.core.project import project_root
from components.evaluator.metrics import UNIT, read_metrics
from components.ingest.source_list import SourceList
from components.model_store.published import read_provenance
from components.pusher.model_card import is_synthetic
from components.report.page.content import (
    Headline,
    LineageStep,
    Page,
    PageDataset,
    PageVerdict,
    StepRow,
)
from components.report.page.page import write_page
from components.report.section import Section, has_section, read_section
from pipelines.approvals.section import limits_section
from pipelines.approvals.status import LimitStatus, limit_status
from pipelines.built_in_files import is_checkout
from pipelines.config import Config, RecipeConfig
from pipelines.data_version import describe_commit
from pipelines.nodes import (
    DATA_SECTIONS,
    EVALUATION,
    ITEM_VALIDATION,
    MODEL,
    MODEL_SECTIONS,
    SUMMARISE_DISTRIBUTIONS,
    NodeOutput,
)
from pipelines.run_record import RunRecord, StepRecord
from pipelines.verdicts import RecipeVerdict, dataset_verdict

_PROVISIONAL = (
    "Its limits were learned from data; nobody has approved them as they are."
)


def write_recipe_page(
    config: Config,
    source_list: SourceList,
    record: RunRecord,
    verdict: RecipeVerdict,
    path: Path,
) -> None:
    """Write the page of a recipe's run.

    Args:
        config: All parameters.
        source_list: Source list of its data set.
        record: The run.
        verdict: Its verdict.
        path: The HTML file.
    """
    name = verdict.recipe
    description = config.recipe(name).description
    protocol = _protocol(record)
    model = record.output(MODEL)
    provenance = read_provenance(model / "Format-Serving") if model else {}
    limits = limit_status(config.root, record.data.dataset, record.limits)
    page = Page(
        title=f"{name}: {description}" if description else name,
        kind="run",
        name=name,
        dataset=_page_dataset(source_list, record),
        verdict=_model_verdict(record, verdict),
        verdict_text=_model_verdict_text(record, verdict),
        headline=(
            *_main_figures(config.recipe(name), record, verdict.checks),
            *_headline(verdict.checks, protocol),
        ),
        notes=_notes(protocol),
        sections=(
            *_sections(record, *DATA_SECTIONS, *MODEL_SECTIONS),
            *_limits(limits),
        ),
        steps=_steps(record),
        lineage=_data_lineage(record) + _model_lineage(record, provenance),
        reproduce=_reproduce(
            record, f"dvc repro {config.stage('publish', name)}", f"prodl trace {name}"
        ),
    )
    write_page(page, path)


def write_dataset_page(
    source_list: SourceList,
    record: RunRecord,
    path: Path,
    limits: LimitStatus | None = None,
) -> None:
    """Write the data validation report of a data set.

    Args:
        source_list: Source list of the data set.
        record: The run of its data steps.
        path: The HTML file.
        limits: Who stands for the limits. Defaults to None, for curated ones.
    """
    page = _dataset_page(source_list, record)
    verdict = _data_verdict(record, page.sections)
    text = _data_verdict_text(record, verdict)
    if verdict == "passed" and limits and limits.is_provisional:
        verdict, text = "warning", f"The data passed every check. {_PROVISIONAL}"
    sections = (*page.sections, *_limits(limits))
    write_page(
        replace(page, verdict=verdict, verdict_text=text, sections=sections), path
    )


def write_items_page(source_list: SourceList, record: RunRecord, path: Path) -> None:
    """Write the report as far as it is known when the items are checked.

    Args:
        source_list: Source list of the data set.
        record: The run, up to the gate behind that check.
        path: The HTML file.
    """
    (section,) = _sections(record, ITEM_VALIDATION)
    page = _dataset_page(source_list, record)
    text = (
        f"{section.summary} The step {SUMMARISE_DISTRIBUTIONS} makes the whole report."
    )
    if record.stopped_at:
        text = _data_verdict_text(record, "refused")
    pending = f"The step {SUMMARISE_DISTRIBUTIONS} makes this section."
    page = replace(page, verdict=section.verdict, verdict_text=text, pending=pending)
    write_page(page, path)


def _dataset_page(source_list: SourceList, record: RunRecord) -> Page:
    """The page of a data set, without a verdict."""
    return Page(
        title=source_list.title,
        kind="data",
        name=source_list.dataset,
        dataset=_page_dataset(source_list, record),
        verdict="none",
        verdict_text="",
        sections=_sections(record, *DATA_SECTIONS),
        steps=_steps(record),
        lineage=_data_lineage(record),
        reproduce=_reproduce(record, f"dvc repro validate@{source_list.dataset}"),
    )


def _sections(record: RunRecord, *outputs: NodeOutput) -> tuple[Section, ...]:
    folders = map(record.output, outputs)
    return tuple(
        read_section(folder) for folder in folders if folder and has_section(folder)
    )


def _limits(status: LimitStatus | None) -> tuple[Section, ...]:
    return (limits_section(status),) if status else ()


def _page_dataset(source_list: SourceList, record: RunRecord) -> PageDataset:
    return PageDataset(
        name=record.data.dataset,
        variant=record.data.variant,
        content_sha256=record.data.content_sha256,
        is_synthetic=is_synthetic(asdict(record.data)),
        detail=f"{source_list.title}, licence: {source_list.licence}",
    )


def _model_verdict(record: RunRecord, verdict: RecipeVerdict) -> PageVerdict:
    if verdict.passed:
        return "passed"
    stopped = record.stopped_at
    return "failed" if stopped and stopped.status == "failed" else "refused"


def _model_verdict_text(record: RunRecord, verdict: RecipeVerdict) -> str:
    if stopped := record.stopped_at:
        return f"{stopped.node} stopped the run: {stopped.reason}"
    if verdict.stopped_at:
        return f"The model must not be published. {verdict.stopped_at}."
    if verdict.passed:
        return "The model passed every check of its gate and may be published."
    failed = ", ".join(check.name for check in verdict.checks if not check.passed)
    return f"The model failed its gate and must not be published: {failed}."


def _data_verdict(record: RunRecord, sections: tuple[Section, ...]) -> PageVerdict:
    if stopped := record.stopped_at:
        return "failed" if stopped.status == "failed" else "refused"
    if not dataset_verdict(record).passed:
        return "failed"
    warned = any(section.verdict == "warning" for section in sections)
    return "warning" if warned else "passed"


def _data_verdict_text(record: RunRecord, verdict: PageVerdict) -> str:
    if stopped := record.stopped_at:
        return f"{stopped.node} stopped the run: {stopped.reason}"
    if verdict == "warning":
        return "The data may be used; some checks that do not block have failed."
    if verdict == "failed":
        return "The run has no results of both stages of checks: nothing is known."
    return "The data passed every check."


def _protocol(record: RunRecord) -> Mapping[str, str]:
    """The protocol of the metrics; empty if the run did not get there."""
    evaluation = record.output(EVALUATION)
    return read_metrics(evaluation).protocol if evaluation else {}


def _main_figures(
    recipe: RecipeConfig, record: RunRecord, checks: Sequence[GateCheck]
) -> Iterator[Headline]:
    """The figures that readers know such a model by, where no gate is on them."""
    evaluation = record.output(EVALUATION)
    if evaluation is None:
        return
    metrics, checked = read_metrics(evaluation), {check.metric for check in checks}
    for metric in recipe.family_spec.main_metrics:
        if metric in metrics.values and metric not in checked:
            yield Headline(
                label=metric.replace("_", " "),
                value=metrics.values[metric],
                hint=metrics.protocol.get(f"{UNIT}{metric}", ""),
            )


def _headline(
    checks: Sequence[GateCheck], protocol: Mapping[str, str]
) -> tuple[Headline, ...]:
    by_metric: dict[str, list[GateCheck]] = {}
    for check in checks:
        # A gate of the user's own is about no single metric.
        name = check.metric or check.name.rpartition(".")[2]
        by_metric.setdefault(name, []).append(check)
    return tuple(
        _headline_of(metric, checks, protocol.get(f"unit.{metric}", ""))
        for metric, checks in by_metric.items()
    )


def _headline_of(metric: str, checks: Sequence[GateCheck], unit: str) -> Headline:
    # A limit against a model that does not exist would only take room here.
    limits = [check for check in checks if not check.note]
    baselines = [check.baseline for check in checks if check.baseline is not None]
    value = checks[0].value
    return Headline(
        label=metric.replace("_", " "),
        value=checks[0].received if value is None else value,
        hint=unit,
        wanted=", ".join(check.wanted for check in limits),
        baseline=f"{baselines[0]:.6g}" if baselines else "",
        verdict="passed" if all(check.passed for check in checks) else "refused",
    )


def _notes(protocol: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{name.replace('_', ' ')}: {text}"
        for name, text in sorted(protocol.items())
        if not name.startswith("unit.")
    )


def _steps(record: RunRecord) -> tuple[StepRow, ...]:
    return tuple(_step(step) for step in record.steps)


def _step(step: StepRecord) -> StepRow:
    # Zero where nothing was measured: not run, or run by somebody else.
    measured = step.status != "not_run" and step.seconds > 0
    return StepRow(
        name=step.node,
        status=step.status,
        reason=step.reason,
        seconds=step.seconds if measured else None,
        cpu_seconds=step.cpu_seconds if measured else None,
        peak_memory_mb=step.peak_memory_mb if measured else None,
    )


def _data_lineage(record: RunRecord) -> tuple[LineageStep, ...]:
    data = record.data
    compared = {
        True: "as dvc.lock has it",
        False: "not what dvc.lock has: run dvc repro",
        None: "dvc.lock has no entry yet",
    }[data.matches_dvc_lock]
    return (
        LineageStep("raw files", data.content_sha256, data.folder),
        LineageStep("DVC version", data.dvc_md5, compared),
        LineageStep("run", record.name, f"commit {record.commit or 'unknown'}"),
    )


def _model_lineage(
    record: RunRecord, provenance: Mapping[str, Any]
) -> tuple[LineageStep, ...]:
    if not provenance:
        return ()
    baseline = record.baseline or "none"
    git = provenance["git"]
    commit = describe_commit(git["commit"], git["dirty"]) or "unknown"
    return (
        LineageStep("trained from commit", commit, f"seed {provenance['seed']}"),
        LineageStep(
            "model key", str(provenance["model_key"]), "data, code, parameters"
        ),
        LineageStep("baseline", baseline, "published model it was compared with"),
        *_needs_lineage(provenance.get("needs") or {}),
    )


def _needs_lineage(needs: Mapping[str, str]) -> tuple[LineageStep, ...]:
    if not needs:
        return ()
    used = f"published model it was measured with, sha256 {needs['sha256']}"
    return (LineageStep("needs", needs["uri"], used),)


def _reproduce(record: RunRecord, *commands: str) -> tuple[str, ...]:
    commit = record.commit.partition(",")[0]
    checkout = (f"git checkout {commit}",) if commit else ()
    setup: tuple[str, ...] = ("make setup", "export PATH=$PWD/.venv/bin:$PATH")
    if not is_checkout(project_root()):
        setup = (f"pip install 'prodl[local]=={version('prodl')}'",)
    return (*checkout, *setup, *commands)
