# SPDX-License-Identifier: Apache-2.0
"""`prodl report`: metrics, verdict, model and page of a recipe or data set."""

from pathlib import Path

import click

from components.core.project import project_root
from pipelines.config import Config, load_config
from pipelines.local.run import rewrite_report
from pipelines.published_models import published_versions
from pipelines.verdicts import (
    RecipeVerdict,
    read_dataset_verdict,
    read_recipe_verdict,
)


@click.command()
@click.argument("name")
def command(name: str) -> None:
    """Summarise recipe or data set NAME; writes its page again if it is gone."""
    click.echo(summarise(name))


def summarise(name: str) -> str:
    """Summarise a recipe (metrics of the gate, verdict, model, page) or a data set.

    A missing page is written again from the artifacts of the last run.

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
    lines = _dataset_lines(root, name) if is_dataset else _recipe_lines(config, name)
    lines["report"] = str(folder.relative_to(root) / "index.html")
    width = max(map(len, lines))
    return "\n".join(f"{label:<{width}}  {text}" for label, text in lines.items())


def _recipe_lines(config: Config, name: str) -> dict[str, str]:
    root = config.root
    verdict = read_recipe_verdict(root, name)
    versions = published_versions(root, name)
    return {
        **{
            metric.replace("_", " "): _figure(verdict, metric)
            for metric in config.recipe(name).gate
        },
        "verdict": verdict.text,
        "model": str(versions[0].relative_to(root)) if versions else "none published",
    }


def _dataset_lines(root: Path, dataset: str) -> dict[str, str]:
    verdict = read_dataset_verdict(root, dataset)
    data = verdict.data
    return {
        "data": f"{data.dataset}/{data.variant} {data.dvc_md5}",
        "verdict": "passed" if verdict.passed else "refused",
        **({"limits": verdict.limits.text} if verdict.limits else {}),
    }


def _figure(verdict: RecipeVerdict, metric: str) -> str:
    """The value of a metric in the gate; a stopped run has measured none."""
    received = (c.received for c in verdict.checks if metric in (c.metric, c.name))
    return next(received, "not measured")
