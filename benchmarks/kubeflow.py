# SPDX-License-Identifier: Apache-2.0
"""Measure the cost of an empty step, local and emulated, and of compiling each recipe.

    python benchmarks/kubeflow.py [--steps 3]

Protocol: a chain of components that return their input. The first step of a kind also
waits for files that are not in the page cache, so the table has medians. Compiling is
`prodl compile RECIPE` in a folder without data, with an empty file for each model that
a recipe needs. CPU seconds are user and system time, children included.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from tfx.dsl.component.experimental.annotations import OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline

from pipelines.config import load_config
from pipelines.emulator.emulation import new_emulation
from pipelines.graph.execution_target import ExecutionTarget
from pipelines.kubeflow.compiler import ClusterTarget, write_graph
from pipelines.kubeflow.pools import load_pools
from pipelines.kubeflow.spec import DEFAULT_ROOT, read_specification
from pipelines.local.runner import run_pipeline
from pipelines.run_record import RunRecord

ROOT = Path(__file__).resolve().parents[1]


@component
def Empty(text: Parameter[str]) -> OutputDict(same=str):  # noqa: N802
    """Return the input."""
    return {"same": text}


def main() -> None:
    """Run the chain locally and emulated, compile, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=3, help="Default: 3.")
    steps = parser.parse_args().steps
    # An emulated step imports the component by path, which __main__ has not.
    importable = import_module("benchmarks.kubeflow").Empty
    with tempfile.TemporaryDirectory() as scratch:
        state = Path(scratch)
        here = run_here(importable, steps, state)
        there = run_emulated(importable, steps, state)
    print("| where | s per empty step | CPU s |\n| --- | --- | --- |")
    for where, record in (("`prodl run`", here), ("`prodl emulate`", there)):
        wall = median(step.seconds for step in record.steps)
        cpu = median(step.cpu_seconds for step in record.steps)
        print(f"| {where} | {wall:.2f} | {cpu:.2f} |")
    with tempfile.TemporaryDirectory() as scratch:
        print("\n| recipe | CPU s to compile |\n| --- | --- |")
        for recipe, cost in compile_all(Path(scratch)):
            print(f"| `{recipe}` | {cost} |")


def compile_all(folder: Path) -> Iterator[tuple[str, str]]:
    """Compile every recipe in a folder with configuration and without data."""
    for name in ("params.yaml", "dvc.lock"):
        shutil.copy(ROOT / name, folder)
    for name in ("data", "infra", "book"):
        ignored = shutil.ignore_patterns("raw")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    recipes = load_config(folder).recipes
    for recipe in recipes.values():
        if recipe.needed_recipe:
            model = folder / "models" / recipe.needed_recipe / "1" / "saved_model.pb"
            model.parent.mkdir(parents=True, exist_ok=True)
            model.touch()
    environment = {**os.environ, "PRODL_ROOT": str(folder), "PYTHONPATH": str(ROOT)}
    for name in recipes:
        command = [sys.executable, "-m", "pipelines", "compile", name]
        before = _children_seconds()
        done = subprocess.run(
            [*command, "-o", str(folder / f"{name}.yaml")],
            env=environment,
            capture_output=True,
            text=True,
        )
        seconds = f"{_children_seconds() - before:.1f}"
        yield name, seconds if not done.returncode else done.stderr.splitlines()[0]


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_here(empty: Any, steps: int, state: Path) -> RunRecord:
    """Run the chain as `prodl run` would."""
    path = str(state / "mlmd.sqlite")
    graph = chain(empty, steps, state, sqlite_metadata_connection_config(path))
    target = ExecutionTarget("empty", str(state), "", metadata_path=path)
    return checked(run_pipeline(graph, "empty", target, say))


def run_emulated(empty: Any, steps: int, state: Path) -> RunRecord:
    """Run the chain as `prodl emulate` would."""
    file = state / "empty.yaml"
    write_graph(chain(empty, steps, state), file, load_pools(ROOT), ClusterTarget())
    specification = read_specification(file)
    emulation = new_emulation(specification, DEFAULT_ROOT, state, ROOT, {}, say)
    return checked(emulation.execute())


def chain(empty: Any, steps: int, state: Path, connection: Any = None) -> Pipeline:
    """A pipeline of steps, each of which depends on the one before."""
    nodes = [empty(text="nothing").with_id("Empty0")]
    for number in range(1, steps):
        before = nodes[-1].outputs["same"].future()[0].value
        nodes.append(empty(text=before).with_id(f"Empty{number}"))
    return Pipeline(
        pipeline_name="empty",
        pipeline_root=str(state / "artifacts"),
        components=nodes,
        metadata_connection_config=connection,
    )


def checked(record: RunRecord) -> RunRecord:
    """Return the record of a run that succeeded; raise its error otherwise."""
    if record.error:
        raise record.error
    return record


def say(text: str) -> None:
    """Show progress beside the table."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
