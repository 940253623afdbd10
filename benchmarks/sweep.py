# SPDX-License-Identifier: Apache-2.0
"""Train a recipe with several values of its parameters and print what validates how.

    python benchmarks/sweep.py mnist-sparse-ae --set epochs=4 \\
        --set sparsity.weight=0.2,0.8,3 --set sparsity.target=0.03,0.05,0.1
    python benchmarks/sweep.py mnist-gan-quick \\
        --set gradient_penalty=0,0.5 --set averaging=0,0.999

A row for each combination: the last line of the training's history, that is figures on
the validation split, and CPU seconds of the training step. Whole runs, in a project
folder of its own, so that the data steps run once; seed and all else are the recipe's.
The gate's verdict does not matter here, and no test figure is shown: choices are made
on the validation split.
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
        # What a recipe `needs` is published among the models.
        project = make_project(Path(scratch), "models")
        rows = []
        for combination in combinations(arguments.changes):
            figures = measure(project, arguments.recipe, combination)
            rows.append([", ".join(combination), *figures.values()])
    print(markdown([arguments.recipe, *figures], rows))


def combinations(changes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """All ways to choose a value for each parameter, as `name=value`."""
    choices = []
    for change in changes:
        name, _, values = change.partition("=")
        choices.append([f"{name}={value}" for value in values.split(",")])
    return itertools.product(*choices)


def measure(project: Path, recipe: str, changes: Sequence[str]) -> dict[str, str]:
    """Run the recipe with these changes; gives column -> figure of the last epoch."""
    run = run_recipe(project, recipe, changes=changes)
    with (project / "reports" / recipe / "history.csv").open() as stream:
        *_, last = csv.DictReader(stream)
    figures = {n: f"{float(v):.4g}" for n, v in last.items() if n.startswith("val_")}
    return {**figures, "CPU s": f"{run.training['cpu_seconds']:.0f}"}


if __name__ == "__main__":
    main()
