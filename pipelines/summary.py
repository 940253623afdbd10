# SPDX-License-Identifier: Apache-2.0
"""How a recipe or a data set stands, in a few lines: what `make run` ends with."""

import json
from pathlib import Path

from components.project import project_root
from pipelines.baseline import published_versions
from pipelines.config import load_config
from pipelines.outcome import VERDICT_FILE, read_verdict, verdict_text
from pipelines.runs import rewrite_report

WIDTH = 14


def summarise(name: str) -> str:
    """Say accuracy, verdict, model and report of a recipe, or the verdict on data.

    A page that is gone is written again from what the last run left.

    Args:
        name: Name of the recipe or data set.

    Raises:
        UsageError: If nothing of that name was run.
    """
    root = project_root()
    config = load_config(root)
    is_dataset = name in config.datasets
    if not is_dataset:
        config.recipe(name)
    folder = root / "reports" / ("data" if is_dataset else "") / name
    if not (folder / "index.html").exists():
        rewrite_report(name)
    lines = _dataset_lines(folder) if is_dataset else _recipe_lines(root, name)
    lines["report"] = str(folder.relative_to(root) / "index.html")
    return "\n".join(f"{what:<{WIDTH}} {text}" for what, text in lines.items())


def _recipe_lines(root: Path, name: str) -> dict[str, str]:
    verdict = read_verdict(root, name)
    measured = not verdict["stopped_at"]
    versions = published_versions(root, name)
    return {
        "test accuracy": _accuracy(root, name) if measured else "not measured",
        "verdict": verdict_text(verdict),
        "model": str(versions[0].relative_to(root)) if versions else "none published",
    }


def _dataset_lines(folder: Path) -> dict[str, str]:
    ticket = json.loads((folder / VERDICT_FILE).read_text(encoding="utf-8"))
    data = ticket["data"]
    return {
        "data": f"{data['dataset']}/{data['variant']} {data['dvc_md5']}",
        "verdict": "passed" if ticket["passed"] else "refused",
    }


def _accuracy(root: Path, name: str) -> str:
    path = root / "metrics" / f"{name}.json"
    metrics = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    accuracy = metrics.get("test_accuracy")
    return "not measured" if accuracy is None else f"{accuracy:.4f}"
