# SPDX-License-Identifier: Apache-2.0
"""A project folder of a benchmark's own, and what runs leave in one.

Same code and data as this project, own parameters and state: nothing is found in a
cache that the benchmark did not fill itself.
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
"""A recipe and a new value of a trainer parameter of its own, as `name.name=value`."""


@dataclass(frozen=True)
class Run:
    """What a run of a recipe left.

    Attributes:
        recipe: Name of the recipe.
        steps: Step -> how it went.
        metrics: Metric -> figure of the exported model.
        protocol: How the evaluator measured.
        provenance: What the trained model says about itself.
        refused_by: Names of the gate's checks that the model failed.
    """

    recipe: str
    steps: dict[str, dict[str, Any]]
    metrics: dict[str, float]
    protocol: dict[str, str]
    provenance: dict[str, Any]
    refused_by: list[str]

    @property
    def training(self) -> dict[str, Any]:
        """The trainer's step."""
        return self.steps[TRAINING_STEP]


def read_run(project: Path, recipe: str) -> Run:
    """Read what the last run of a recipe left in a project folder."""
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
        folders: What to share beside the code, `models` for one.
        with_raw_data: Whether to share what was fetched here.
    """
    project = folder / "project"
    project.mkdir()
    for name in ("components", "pipelines", *folders):
        (project / name).symlink_to(ROOT / name)
    data = project / "data"
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("raw"))
    if with_raw_data:
        shutil.copytree(ROOT / "data" / "raw", data / "raw", copy_function=os.link)
    shutil.copy(ROOT / "params.yaml", project)
    return project


def read_params(project: Path = ROOT) -> dict[str, Any]:
    """Parameters of a project."""
    return dict(yaml.safe_load((project / "params.yaml").read_text(encoding="utf-8")))


def write_params(project: Path, params: Mapping[str, Any]) -> None:
    """Give a project other parameters."""
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
    """Run `prodl` in a project folder; what it says goes to standard error."""
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
        project: What `make_project` made; its parameters are the same afterwards.
        recipe: Name of the recipe.
        seed: Another seed than the recipe's.
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
    """Content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
