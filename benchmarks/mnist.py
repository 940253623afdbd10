# SPDX-License-Identifier: Apache-2.0
"""Measure the MNIST classifiers: metrics, parameters, training time, cost per step.

    python benchmarks/mnist.py --recipes mnist-cnn --seeds 1 2 3
    python benchmarks/mnist.py --recipes mnist-gru mnist-irnn --last

Protocol: whole runs (`prodl run`) in a project folder with the same code and data and
its own parameters and state. Metrics of the exported model on the 10,000 official test
images, which the evaluator reads once; mean and standard deviation over the seeds. CPU
seconds are user and system time, children included. With `--last` the last runs here
are tabulated, such as `dvc repro` made, and nothing is trained.
"""

import argparse
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from project import ROOT, TRAINING_STEP, Run, make_project, read_run, run_recipe
from tables import markdown, mean_and_spread

METRICS = ("test_accuracy", "test_log_loss", "test_calibration_error")
COSTS = ("parameters", "s/epoch", "training min", "CPU min")


def main() -> None:
    """Run what the command line asks for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", default=["mnist-cnn"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, help="Override the number of epochs.")
    parser.add_argument("--last", action="store_true", help="Tabulate the last runs.")
    arguments = parser.parse_args()
    if arguments.last:
        print_tables({recipe: [read_run(ROOT, recipe)] for recipe in arguments.recipes})
        return
    changes = [f"epochs={arguments.epochs}"] if arguments.epochs else []
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch))
        runs = {
            recipe: [
                run_recipe(project, recipe, seed, changes) for seed in arguments.seeds
            ]
            for recipe in arguments.recipes
        }
    print_tables(runs)


def print_tables(runs: Mapping[str, Sequence[Run]]) -> None:
    """Print a row for the runs of each recipe, and the steps of the first run."""
    rows = [quality_row(same) for same in runs.values()]
    print(markdown(["recipe", "seeds", *METRICS, *COSTS], rows))
    print()
    print(step_table(next(iter(runs.values()))[0]))


def quality_row(runs: Sequence[Run]) -> list[str]:
    """Row of a recipe: metrics as mean and standard deviation over the seeds."""
    seconds = statistics.mean(run.training["seconds"] for run in runs)
    cpu_seconds = statistics.mean(run.training["cpu_seconds"] for run in runs)
    # Wall time of an epoch's steps, without validation.
    epoch = statistics.median(
        run.provenance["train_seconds"] / run.provenance["epochs"] for run in runs
    )
    return [
        runs[0].recipe,
        ", ".join(str(run.provenance["seed"]) for run in runs),
        *(mean_and_spread([run.metrics[name] for run in runs]) for name in METRICS),
        f"{runs[0].provenance['num_parameters']:,}",
        f"{epoch:.1f}",
        f"{seconds / 60:.1f}",
        f"{cpu_seconds / 60:.1f}",
    ]


def step_table(run: Run) -> str:
    """Table with a row per step of a run without cached steps."""
    rows = [
        [
            node,
            step["status"],
            f"{step['seconds']:.1f}",
            f"{step['cpu_seconds']:.1f}",
            f"{step['peak_memory_mb']:.0f}",
        ]
        for node, step in run.steps.items()
    ]
    others = sum(s["cpu_seconds"] for n, s in run.steps.items() if n != TRAINING_STEP)
    rows.append(["all but training", "", "", f"{others:.1f}", ""])
    return markdown(["step", "status", "s", "CPU s", "peak MB"], rows)


if __name__ == "__main__":
    main()
