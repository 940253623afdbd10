# SPDX-License-Identifier: Apache-2.0
"""What a run leaves for DVC: metrics, plot data, a verdict, and the report page."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.core.errors import UsageError
from components.evaluator.metrics import read_metrics
from components.report.section import read_section
from pipelines.report_pages import write_dataset_page, write_recipe_page
from pipelines.run_record import RunRecord

VERDICT_FILE = "verdict.json"


def write_recipe_outcome(name: str, root: Path, state: Path, record: RunRecord) -> None:
    """Write `metrics/<name>.json` and `reports/<name>/` of a run.

    Args:
        name: Name of the recipe.
        root: The project's root folder.
        state: The state folder.
        record: The run.
    """
    verdict = recipe_verdict(name, state, record)
    evaluation = record.output("Evaluate", "evaluation")
    with _replaced(root / "reports" / name) as folder:
        _write_json(folder / VERDICT_FILE, verdict)
        _copy_file(record.output("Trainer", "model_run"), "history.csv", folder)
        _copy_file(evaluation, "confusion.csv", folder)
        write_recipe_page(name, root, record, verdict, folder / "index.html")
    if evaluation:
        _write_json(root / "metrics" / f"{name}.json", read_metrics(evaluation).values)


def write_dataset_outcome(dataset: str, root: Path, record: RunRecord) -> None:
    """Write `reports/data/<dataset>/` of a validation run.

    Args:
        dataset: Name of the data set.
        root: The project's root folder.
        record: The run.
    """
    with _replaced(root / "reports" / "data" / dataset) as folder:
        _write_json(folder / VERDICT_FILE, dataset_verdict(record))
        write_dataset_page(dataset, root, record, folder / "index.html")


def recipe_verdict(name: str, state: Path, record: RunRecord) -> dict[str, Any]:
    """What publishing must know of a run: blessed or not, why, and where the model is.

    Args:
        name: Name of the recipe.
        state: The state folder; folders are given relative to it.
        record: The run.
    """
    section = record.output("Evaluate", "section")
    checks = read_section(section).facts["checks"] if section else []
    stopped = record.stopped_at
    blessed = stopped is None and all(check["passed"] for check in checks)
    return {
        "recipe": name,
        "run": record.name,
        "blessed": blessed,
        "checks": checks,
        "stopped_at": f"{stopped.node}: {stopped.reason}" if stopped else "",
        "pushed": _inside(state, record.output("Pusher", "pushed_model"))
        if blessed
        else "",
        "evaluation": _inside(state, record.output("Evaluate", "evaluation")),
        "data": record.data,
    }


def dataset_verdict(record: RunRecord) -> dict[str, Any]:
    """The data ticket: which bytes, and what every check said. Nothing in it varies."""
    results = {
        node: json.loads((folder / VERDICT_FILE).read_text(encoding="utf-8"))
        for node in ("ValidateItems", "SummariseDistributions")
        if (folder := record.output(node, "result"))
    }
    return {
        "passed": record.error is None,
        "data": record.data,
        "results": results,
    }


def read_verdict(root: Path, name: str) -> dict[str, Any]:
    """The verdict of a recipe's last run.

    Raises:
        UsageError: If the recipe was not run.
    """
    path = root / "reports" / name / VERDICT_FILE
    if not path.exists():
        raise UsageError(f"{name!r} has no verdict yet. Run first: prodl run {name}")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def verdict_text(verdict: dict[str, Any]) -> str:
    """Say in a line whether a recipe's last run was blessed, and if not, why."""
    if verdict["blessed"]:
        return "blessed"
    if verdict["stopped_at"]:
        return f"stopped at {verdict['stopped_at']}"
    failed = [
        f"{check['name']}: wanted {check['wanted']}, received {check['received']}"
        for check in verdict["checks"]
        if not check["passed"]
    ]
    return "refused, " + "; ".join(failed)


def _inside(state: Path, folder: Path | None) -> str:
    return str(folder.relative_to(state)) if folder else ""


@contextmanager
def _replaced(folder: Path) -> Iterator[Path]:
    """Give a scratch folder that takes the place of `folder` if the body ends well."""
    scratch = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    yield scratch
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(scratch, folder)


def _copy_file(source: Path | None, name: str, target: Path) -> None:
    if source and (source / name).exists():
        shutil.copy(source / name, target / name)


def _write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
