# SPDX-License-Identifier: Apache-2.0
"""How far a gate's limits are from what other seeds give.

    python benchmarks/seeds.py mnist-irnn --seeds 1 2 3 4 5
    python benchmarks/seeds.py mnist-dbn --last

Prints a row per metric that the gate limits: mean and standard deviation, the value
nearest to the limit, or beyond it, and the limit. Protocol: a whole run per seed in one
project folder, so that the data steps run once; metrics of the exported model on the
test split. With `--last` the recipe's last run here, such as `dvc repro` made, stands
for its seed. For calibrating limits, not for choosing parameters: `sweep.py` does that,
on the validation split.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from project import ROOT, make_project, read_params, read_run, run_recipe
from tables import markdown

HEADER = ("metric", "mean", "standard deviation", "worst", "limit")


def main() -> None:
    """Run a recipe once per seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--last", action="store_true", help="Count the last run here.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        # A recipe may need a published model.
        project = make_project(Path(scratch), "models")
        gate = read_params(project)["recipes"][arguments.recipe]["gate"]
        runs = [read_run(ROOT, arguments.recipe)] if arguments.last else []
        known = {run.provenance["seed"] for run in runs}
        for seed in sorted(set(arguments.seeds) - known):
            runs.append(run_recipe(project, arguments.recipe, seed))
            # Shown at once, as further seeds may take hours.
            print(f"seed {seed}", *measured(runs[-1].metrics, gate), file=sys.stderr)
    seeds = ", ".join(str(run.provenance["seed"]) for run in runs)
    print(f"{arguments.recipe}, seeds {seeds}\n")
    print(markdown(HEADER, list(rows([run.metrics for run in runs], gate))))


def measured(metrics: Mapping[str, float], gate: Mapping[str, Any]) -> Iterator[str]:
    """Each limited metric of a run as `name=value`."""
    return (f"{name}={metrics.get(name, math.nan):.5g}" for name in gate)


def rows(
    runs: Sequence[Mapping[str, float]], gate: Mapping[str, Mapping[str, float]]
) -> Iterator[Sequence[str]]:
    """Rows of the table: one per fixed limit, with the run nearest to it as the worst.

    Args:
        runs: Metric -> value, of each seed; one that is missing is shown as nan.
        gate: Metric -> kind of limit -> limit; `not_worse_by` has no row.
    """
    for name, limits in gate.items():
        values = [metrics.get(name, math.nan) for metrics in runs]
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        for kind, worst in (("min", min), ("max", max)):
            if kind in limits:
                figures = (float(np.mean(values)), spread, worst(values))
                cells = [f"{figure:.4g}" for figure in figures]
                yield [f"`{name}`", *cells, f"{kind} {limits[kind]}"]


if __name__ == "__main__":
    main()
