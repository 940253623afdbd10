# SPDX-License-Identifier: Apache-2.0
"""Report pages: the sections that the steps left, joined with what the run knows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from components.ingest.source_list import read_source_list
from components.pusher.model_card import is_synthetic
from components.report.page.content import (
    Headline,
    LineageStep,
    Page,
    PageDataset,
    PageVerdict,
    Step,
)
from components.report.page.page import write_page
from components.report.section import Section, has_section, read_section
from pipelines.config import load_config
from pipelines.data_version import describe_commit
from pipelines.published_models import read_provenance
from pipelines.run_record import RunRecord, StepRecord

# Where each section lies: node and output, in reading order.
DATA_SECTIONS: Final = (
    ("ValidateItems", "result"),
    ("SummariseDistributions", "result"),
)
MODEL_SECTIONS: Final = (("Trainer", "model_run"), ("Evaluate", "section"))


def write_recipe_page(
    name: str, root: Path, record: RunRecord, verdict: Mapping[str, Any], path: Path
) -> None:
    """Write the page of a recipe's run.

    Args:
        name: Name of the recipe.
        root: The project's root folder.
        record: The run.
        verdict: What `outcome.recipe_verdict` found.
        path: The HTML file.
    """
    sections = _sections(record, *DATA_SECTIONS, *MODEL_SECTIONS)
    description = load_config(root).recipe(name).description
    model = record.output("Trainer", "model")
    provenance = read_provenance(model / "Format-Serving") if model else {}
    page = Page(
        title=f"{name}: {description}" if description else name,
        kind="run",
        name=name,
        dataset=_dataset_facts(root, record),
        verdict=_model_verdict(record, verdict),
        verdict_text=_model_verdict_text(record, verdict),
        headline=_headline(sections),
        notes=_notes(sections),
        sections=sections,
        steps=_steps(record),
        lineage=_data_lineage(record) + _model_lineage(record, provenance),
        reproduce=_reproduce(
            record, f"dvc repro publish@{name}", f"prodl trace {name}"
        ),
        pushed="to the push destination" if verdict["pushed"] else "",
    )
    write_page(page, path)


def write_dataset_page(dataset: str, root: Path, record: RunRecord, path: Path) -> None:
    """Write the data validation report of a data set.

    Args:
        dataset: Name of the data set.
        root: The project's root folder.
        record: The run of its data steps.
        path: The HTML file.
    """
    sections = _sections(record, *DATA_SECTIONS)
    verdict = _data_verdict(record, sections)
    page = Page(
        title=read_source_list(root, dataset).title,
        kind="data",
        name=dataset,
        dataset=_dataset_facts(root, record),
        verdict=verdict,
        verdict_text=_data_verdict_text(record, verdict),
        sections=sections,
        steps=_steps(record),
        lineage=_data_lineage(record),
        reproduce=_reproduce(record, f"dvc repro validate@{dataset}"),
    )
    write_page(page, path)


def _sections(record: RunRecord, *places: tuple[str, str]) -> tuple[Section, ...]:
    folders = (record.output(node, output) for node, output in places)
    return tuple(
        read_section(folder) for folder in folders if folder and has_section(folder)
    )


def _dataset_facts(root: Path, record: RunRecord) -> PageDataset:
    source_list = read_source_list(root, record.data["dataset"])
    variant = record.data["variant"]
    return PageDataset(
        name=record.data["dataset"],
        variant=variant,
        content_sha256=record.data["content_sha256"],
        is_synthetic=is_synthetic(record.data),
        detail=f"{source_list.title}, {source_list.licence}",
    )


def _model_verdict(record: RunRecord, verdict: Mapping[str, Any]) -> PageVerdict:
    if verdict["blessed"]:
        return "blessed"
    stopped = record.stopped_at
    return "failed" if stopped and stopped.status == "failed" else "refused"


def _model_verdict_text(record: RunRecord, verdict: Mapping[str, Any]) -> str:
    if stopped := record.stopped_at:
        return f"{stopped.node} stopped the run: {stopped.reason}"
    if verdict["blessed"]:
        return "The model passed every check of its gate and was pushed."
    checks = verdict["checks"]
    failed = ", ".join(check["name"] for check in checks if not check["passed"])
    return f"The model failed its gate and was not pushed: {failed}."


def _data_verdict(record: RunRecord, sections: tuple[Section, ...]) -> PageVerdict:
    if stopped := record.stopped_at:
        return "failed" if stopped.status == "failed" else "refused"
    warned = any(section.verdict == "warning" for section in sections)
    return "warning" if warned else "passed"


def _data_verdict_text(record: RunRecord, verdict: PageVerdict) -> str:
    if stopped := record.stopped_at:
        return f"{stopped.node} stopped the run: {stopped.reason}"
    if verdict == "warning":
        return "The data may be used; some checks that do not block have failed."
    return "The data passed every check."


def _headline(sections: tuple[Section, ...]) -> tuple[Headline, ...]:
    evaluation = next((s for s in sections if s.name == "evaluation"), None)
    if evaluation is None:
        return ()
    protocol = evaluation.facts["protocol"]
    by_metric: dict[str, list[dict[str, Any]]] = {}
    for check in evaluation.facts["checks"]:
        by_metric.setdefault(check["metric"], []).append(check)
    return tuple(
        _headline_of(metric, checks, str(protocol.get(f"unit.{metric}", "")))
        for metric, checks in by_metric.items()
    )


def _headline_of(metric: str, checks: list[dict[str, Any]], unit: str) -> Headline:
    # A limit against a model that does not exist would only take room here.
    limits = [check for check in checks if not check["note"]]
    baselines = [c["baseline"] for c in checks if c["baseline"] is not None]
    value = checks[0]["value"]
    return Headline(
        label=metric.replace("_", " "),
        value=checks[0]["received"] if value is None else value,
        hint=unit,
        wanted=", ".join(check["wanted"] for check in limits),
        baseline=f"{baselines[0]:.6g}" if baselines else "",
        verdict="passed" if all(check["passed"] for check in checks) else "refused",
    )


def _notes(sections: tuple[Section, ...]) -> tuple[str, ...]:
    evaluation = next((s for s in sections if s.name == "evaluation"), None)
    if evaluation is None:
        return ()
    protocol = evaluation.facts["protocol"]
    return tuple(
        f"{name.replace('_', ' ')}: {text}"
        for name, text in sorted(protocol.items())
        if not name.startswith("unit.")
    )


def _steps(record: RunRecord) -> tuple[Step, ...]:
    return tuple(_step(step) for step in record.steps)


def _step(step: StepRecord) -> Step:
    # Zero where nothing was measured: not run, or run by somebody else.
    measured = step.status != "not_run" and step.seconds > 0
    return Step(
        name=step.node,
        status=step.status,
        reason=step.reason,
        seconds=step.seconds if measured else None,
        cpu_seconds=step.cpu_seconds if measured else None,
        peak_memory_mb=step.peak_memory_mb if measured else None,
    )


def _data_lineage(record: RunRecord) -> tuple[LineageStep, ...]:
    agrees = {
        True: "as dvc.lock has it",
        False: "not what dvc.lock has: run dvc repro",
        None: "dvc.lock has no entry yet",
    }[record.data["dvc_agrees"]]
    return (
        LineageStep("raw files", record.data["content_sha256"], record.data["folder"]),
        LineageStep("DVC version", record.data["dvc_md5"], agrees),
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
    return (*checkout, "make setup", "export PATH=$PWD/.venv/bin:$PATH", *commands)
