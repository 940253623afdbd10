# SPDX-License-Identifier: Apache-2.0
"""Project folders for benchmarks, and the results of runs in them.

A project folder shares code and data with this checkout and has its own parameters and
state, so the cache has only what the benchmark itself made.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
STATE = ".prodl"
TRAINING_STEP = "Trainer"

Change = tuple[str, str]
"""Recipe, and a new value of one of its trainer parameters as `name.name=value`."""


@dataclass(frozen=True)
class Run:
    """Results of one run of a recipe."""

    recipe: str
    """Name of the recipe."""

    steps: dict[str, dict[str, Any]]
    """Node -> status, seconds, CPU seconds, peak memory and outputs."""

    metrics: dict[str, float]
    """Metric -> value of the exported model."""

    protocol: dict[str, str]
    """How the evaluator measured."""

    provenance: dict[str, Any]
    """Content of the model's provenance.json."""

    refused_by: list[str]
    """Names of the gate's checks that the model failed."""

    @property
    def training(self) -> dict[str, Any]:
        """The training step."""
        return self.steps[TRAINING_STEP]


def read_run(project: Path, recipe: str) -> Run:
    """Read the results of a recipe's last run in a project folder."""
    record = read_json(project / STATE / "runs" / f"{recipe}.json")
    steps = {step["node"]: step for step in record["steps"]}
    model = Path(steps[TRAINING_STEP]["outputs"]["model"]) / "Format-Serving"
    evaluation = Path(steps["Evaluate"]["outputs"]["evaluation"])
    measured = read_json(evaluation / "metrics.json")
    checks = read_json(project / "reports" / recipe / "verdict.json")["checks"]
    return Run(
        recipe=recipe,
        steps=steps,
        metrics=measured["values"],
        protocol=measured["protocol"],
        provenance=read_json(model / "provenance.json"),
        refused_by=[check["name"] for check in checks if not check["passed"]],
    )


def make_project(folder: Path, *folders: str, with_raw_data: bool = True) -> Path:
    """Make a project folder with this one's code.

    Args:
        folder: An empty folder, in which it is made.
        folders: Further folders to share, for instance `models`.
        with_raw_data: Whether to share the fetched raw data. Defaults to True.
    """
    project = folder / "project"
    project.mkdir()
    for name in ("components", "pipelines", "tfx_kfp", *folders):
        (project / name).symlink_to(ROOT / name)
    data = project / "data"
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("raw"))
    if with_raw_data:
        shutil.copytree(ROOT / "data" / "raw", data / "raw", copy_function=os.link)
    write_params(project, _all_params())
    return project


def _all_params() -> dict[str, Any]:
    """Parameters of this project, with the recipes of the book among the others."""
    params = read_params(ROOT)
    book = yaml.safe_load((ROOT / "book" / "params.yaml").read_text(encoding="utf-8"))
    return {**params, "recipes": {**params["recipes"], **book["recipes"]}}


def read_params(project: Path = ROOT) -> dict[str, Any]:
    """Read the parameters of a project."""
    return dict(yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8")))


def write_params(project: Path, params: Mapping[str, Any]) -> None:
    """Write the parameters of a project."""
    (project / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def change_trainers(params: Mapping[str, Any], changes: Iterable[Change]) -> None:
    """Change parameters of recipes in place."""
    for recipe, change in changes:
        path, _, value = change.partition("=")
        *parents, name = path.split(".")
        inner = params["recipes"][recipe]["trainer"]
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = yaml.safe_load(value)


def prodl(project: Path, *arguments: str) -> None:
    """Run `prodl` in a project folder, with its output on standard error."""
    print("prodl", *arguments, file=sys.stderr)
    environment = os.environ | {
        "PRODL_ROOT": str(project),
        "PRODL_HOME": str(project / STATE),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pipelines", *arguments]
    subprocess.run(command, check=True, cwd=project, env=environment, stdout=sys.stderr)


def run_recipe(
    project: Path,
    recipe: str,
    seed: int | None = None,
    changes: Iterable[str] = (),
) -> Run:
    """Run a recipe of a project.

    Args:
        project: A folder of `make_project`; its parameters are restored afterwards.
        recipe: Name of the recipe.
        seed: Replaces the recipe's seed. Defaults to the recipe's.
        changes: New values of trainer parameters, as `name.name=value`.
    """
    before = read_params(project)
    params = read_params(project)
    change_trainers(params, [(recipe, change) for change in changes])
    if seed is not None:
        params["recipes"][recipe]["seed"] = seed
    write_params(project, params)
    try:
        prodl(project, "run", recipe)
    finally:
        write_params(project, before)
    return read_run(project, recipe)


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
