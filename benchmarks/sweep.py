# SPDX-License-Identifier: Apache-2.0
"""Grid search: train a recipe with each combination of parameter values.

    python benchmarks/sweep.py mnist-sparse-ae --set epochs=4 \\
        --set sparsity.weight=0.2,0.8,3 --set sparsity.target=0.03,0.05,0.1
    python benchmarks/sweep.py mnist-gan-quick \\
        --set gradient_penalty=0,0.5 --set averaging=0,0.999

Prints a row per combination: validation metrics of the last epoch, and CPU seconds of
the training step. Protocol: whole runs in one project folder, so that the data steps
run once; seed and other parameters are the recipe's. The gate's verdict is ignored, and
no test metric is printed: parameters are chosen on the validation split.
"""

import argparse
import csv
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from project import make_project, run_recipe
from tables import markdown


def main() -> None:
    """Train each combination and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument(
        *("--set", "-s"),
        dest="changes",
        action="append",
        required=True,
        metavar="NAME=VALUE,VALUE...",
        help="A trainer parameter and its values, as in `gradient_penalty=0,0.5`.",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        # A recipe may need a published model.
        project = make_project(Path(scratch), "models")
        rows = []
        for combination in combinations(arguments.changes):
            figures = measure(project, arguments.recipe, combination)
            rows.append([", ".join(combination), *figures.values()])
    print(markdown([arguments.recipe, *figures], rows))


def combinations(changes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cartesian product of the values of all parameters, as `name=value`."""
    choices = []
    for change in changes:
        name, _, values = change.partition("=")
        choices.append([f"{name}={value}" for value in values.split(",")])
    return itertools.product(*choices)


def measure(project: Path, recipe: str, changes: Sequence[str]) -> dict[str, str]:
    """Run the recipe with these changes; return column -> value of the last epoch."""
    run = run_recipe(project, recipe, changes=changes)
    with (project / "reports" / recipe / "history.csv").open() as stream:
        *_, last = csv.DictReader(stream)
    figures = {n: f"{float(v):.4g}" for n, v in last.items() if n.startswith("val_")}
    return {**figures, "CPU s": f"{run.training['cpu_seconds']:.0f}"}


if __name__ == "__main__":
    main()
