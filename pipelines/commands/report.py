# SPDX-License-Identifier: Apache-2.0
"""How a recipe or a data set stands, in a few lines: what `make run` ends with."""

import json
from pathlib import Path
from typing import Any

from components.core.project import project_root
from pipelines.config import Config, load_config
from pipelines.local.outputs import VERDICT_FILE, read_verdict, verdict_text
from pipelines.local.run import rewrite_report
from pipelines.published_models import published_versions


def summarise(name: str) -> str:
    """Say the gate's figures, verdict, model and page of a recipe, or what data are.

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
    lines = _dataset_lines(folder) if is_dataset else _recipe_lines(config, name)
    lines["report"] = str(folder.relative_to(root) / "index.html")
    width = max(map(len, lines))
    return "\n".join(f"{what:<{width}}  {text}" for what, text in lines.items())


def _recipe_lines(config: Config, name: str) -> dict[str, str]:
    root = config.root
    verdict = read_verdict(root, name)
    versions = published_versions(root, name)
    return {
        **{
            metric.replace("_", " "): _figure(verdict, metric)
            for metric in config.recipe(name).gate
        },
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


def _figure(verdict: dict[str, Any], metric: str) -> str:
    """What the gate received of a metric; a stopped run has not measured any."""
    received = (c["received"] for c in verdict["checks"] if c["metric"] == metric)
    return next(received, "not measured")
