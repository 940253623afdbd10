# SPDX-License-Identifier: Apache-2.0
"""Run a recipe here and through the emulated cluster, and print both side by side.

    python benchmarks/emulation.py [--recipe mnist-cnn]

First `prodl run`, then `prodl emulate`, whole, in one project folder of its own, with
states of their own: neither finds anything of the other in its cache. Wall and CPU
seconds are those of the steps as each run's record has them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mnist import ROOT, make_project, measure

VERDICT = ("blessed", "checks", "stopped_at", "data")


def main() -> None:
    """Run both and print a table of metrics and one of steps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="mnist-cnn")
    recipe = parser.parse_args().recipe
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch))
        (project / "infra").symlink_to(ROOT / "infra")
        measured = measure(project, recipe, seed=1, epochs=None)
        emulate(project, recipe)
        state = project / ".prodl" / "emulator"
        outcome = state / "outcomes" / recipe
        local = read(project / "reports" / recipe / "verdict.json")
        cluster = read(outcome / "verdict.json")
        metrics = read(outcome / "metrics.json")
        steps = read(state / "runs" / f"{recipe}.json")["steps"]
    print("| metric | prodl run | prodl emulate |\n| --- | --- | --- |")
    for name, value in sorted(measured.metrics.items()):
        print(f"| {name} | {value:.6f} | {metrics[name]:.6f} |")
    equal = all(local[key] == cluster[key] for key in VERDICT)
    print(f"\nmetrics {'equal' if metrics == measured.metrics else 'DIFFER'}")
    print(f"verdict, checks and data {'equal' if equal else 'DIFFER'}")
    print("\n| step | s here | CPU s here | s emulated | CPU s emulated |")
    print("| --- | --- | --- | --- | --- |")
    print_steps(measured.steps, steps)


def emulate(project: Path, recipe: str) -> None:
    """Execute the recipe's specification in the project."""
    state = project / ".prodl"
    environment = os.environ | {"PRODL_ROOT": str(project), "PRODL_HOME": str(state)}
    command = [sys.executable, "-m", "pipelines", "emulate", recipe]
    subprocess.run(command, check=True, cwd=project, env=environment, stdout=sys.stderr)


def print_steps(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> None:
    """A row per step of either run, and their sums."""
    sides = [{step["node"]: step for step in steps} for steps in (here, there)]
    sums = [0.0] * 4
    for node in dict.fromkeys([*sides[0], *sides[1]]):
        row = [
            side.get(node, {}).get(cost, 0.0)
            for side in sides
            for cost in ("seconds", "cpu_seconds")
        ]
        sums = [total + value for total, value in zip(sums, row, strict=True)]
        print(f"| {node} | " + " | ".join(f"{value:.1f}" for value in row) + " |")
    print("| all | " + " | ".join(f"{value:.1f}" for value in sums) + " |")


def read(path: Path) -> Any:
    """Content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
