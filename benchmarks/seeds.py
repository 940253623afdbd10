# SPDX-License-Identifier: Apache-2.0
"""How far a gate's limits are from what other seeds give.

    python benchmarks/seeds.py mnist-irnn --seeds 1 2 3 4 5
    python benchmarks/seeds.py mnist-dbn --seeds 1 2 3 --set few_labels.seeds=2

Prints a row per metric that the gate limits: mean and standard deviation, the value
nearest to the limit, or beyond it, and the limit. Protocol: a whole run per seed in one
project folder, so that the data steps run once; metrics of the exported model on the
test split. For calibrating limits, not for choosing parameters: `sweep.py` does that,
on the validation split.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from project import make_project, read_params, run_recipe
from tables import markdown

HEADER = ("metric", "mean", "standard deviation", "worst", "limit")


def main() -> None:
    """Run a recipe once per seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument(
        *("--set", "-s"),
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="A trainer parameter and its value, as in `few_labels.seeds=2`.",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        # A recipe may need a published model.
        project = make_project(Path(scratch), "models")
        gate = read_params(project)["recipes"][arguments.recipe]["gate"]
        runs = []
        for seed in arguments.seeds:
            run = run_recipe(project, arguments.recipe, seed, arguments.changes)
            runs.append(run.metrics)
            print(f"seed {seed}", *measured(run.metrics, gate), file=sys.stderr)
    print(f"{arguments.recipe}, seeds {', '.join(map(str, arguments.seeds))}\n")
    print(markdown(HEADER, list(rows(runs, gate))))


def measured(metrics: Mapping[str, float], gate: Mapping[str, Any]) -> Iterator[str]:
    """Each limited metric of a run as `name=value`."""
    return (f"{name}={metrics[name]:.5g}" for name in gate)


def rows(
    runs: Sequence[Mapping[str, float]], gate: Mapping[str, Mapping[str, float]]
) -> Iterator[Sequence[str]]:
    """Rows of the table: one per fixed limit, with the run nearest to it as the worst.

    Args:
        runs: Metric -> value, of each seed.
        gate: Metric -> kind of limit -> limit; `not_worse_by` has no row.
    """
    for name, limits in gate.items():
        values = [metrics[name] for metrics in runs]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        for kind, worst in (("min", min), ("max", max)):
            if kind in limits:
                figures = (statistics.mean(values), spread, worst(values))
                cells = [f"{figure:.4g}" for figure in figures]
                yield [f"`{name}`", *cells, f"{kind} {limits[kind]}"]


if __name__ == "__main__":
    main()
