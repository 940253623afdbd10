# SPDX-License-Identifier: Apache-2.0
"""Compare `prodl run` with `prodl emulate`: metrics, verdict, lineage, time per step.

    python benchmarks/emulation.py [--recipe mnist-cnn]

Protocol: both verbs run the whole recipe in one project folder, each with a state of
its own, so that neither finds the other's artifacts in its cache. Wall and CPU seconds
of the steps come from the record of each run.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from project import STATE, make_project, prodl, read_json, run_recipe

from pipelines.lineage.store import LineageStore

VERDICT = ("passed", "checks", "stopped_at", "data")
DATA = ("content_sha256", "dvc_md5", "source_list_sha256")


def main() -> None:
    """Run both and print a table of metrics and one of steps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="mnist-cnn")
    recipe = parser.parse_args().recipe
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch), "infra")
        here = run_recipe(project, recipe)
        prodl(project, "emulate", recipe)
        state = project / STATE / "emulator"
        outcome = state / "outcomes" / recipe
        local = read_json(project / "reports" / recipe / "verdict.json")
        cluster = read_json(outcome / "verdict.json")
        metrics = read_json(outcome / "metrics.json")
        there = read_json(state / "runs" / f"{recipe}.json")["steps"]
        lineages = (
            lineage(project / STATE, "PushedModel"),
            lineage(state, "tfx.PushedModel"),
        )
    print("| metric | prodl run | prodl emulate |\n| --- | --- | --- |")
    for name, value in sorted(here.metrics.items()):
        print(f"| {name} | {value:.6f} | {metrics[name]:.6f} |")
    equal = all(local[key] == cluster[key] for key in VERDICT)
    print(f"\nmetrics {'equal' if metrics == here.metrics else 'DIFFER'}")
    print(f"verdict, checks and data {'equal' if equal else 'DIFFER'}")
    print(f"lineage {'equal' if lineages[0] == lineages[1] else 'DIFFERS'}")
    print("\n| step | s here | CPU s here | s emulated | CPU s emulated |")
    print("| --- | --- | --- | --- | --- |")
    print_steps(here.steps, {step["node"]: step for step in there})


def lineage(state: Path, pushed: str) -> dict[str, list[Any]]:
    """Ancestors of the pushed model: artifact type -> hashes of the data."""
    store = LineageStore(state / "mlmd.sqlite")
    found = store.ancestors(store.artifacts(pushed)[0].id)
    types = {a.type.removeprefix("tfx."): [a.facts.get(k) for k in DATA] for a in found}
    # Values are artifacts in a local run, and parameters on a cluster.
    types.pop("String", None)
    return types


def print_steps(*sides: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a row per step of either run, and their sums."""
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


if __name__ == "__main__":
    main()
