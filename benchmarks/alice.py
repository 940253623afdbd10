# SPDX-License-Identifier: Apache-2.0
"""Measure the language models of Alice: perplexity, accuracy, training time.

    python benchmarks/alice.py --recipes alice-lstm alice-lstm-passage --seeds 1

Protocol: whole runs (`prodl run`) in a project folder with the same code and data and
its own parameters and state. Metrics of the exported model on the test split, the end
of the book, which the evaluator reads once. Model selection used the validation split.
CPU minutes are user and system time of the training step, children included.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from project import Run, make_project, run_recipe
from tables import markdown, mean_and_spread

SHOWN = ("data", "data_sha256", "tokens", "training_tokens", "vocabulary")
PROTOCOL = ("unknown_word", "ngrams", "mixture", "context", "compressors", "passage")


def main() -> None:
    """Run what the command line asks for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", default=["alice-lstm"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch))
        for recipe in arguments.recipes:
            runs = [run_recipe(project, recipe, seed) for seed in arguments.seeds]
            print(report(recipe, runs))


def report(recipe: str, runs: list[Run]) -> str:
    """Format all metrics of a recipe with their units, then their protocol."""
    protocol = runs[0].protocol
    rows = [
        [
            name,
            mean_and_spread([run.metrics[name] for run in runs]),
            protocol.get(f"unit.{name}", ""),
        ]
        for name in runs[0].metrics
    ]
    seconds = statistics.mean(run.training["seconds"] for run in runs)
    cpu_seconds = statistics.mean(run.training["cpu_seconds"] for run in runs)
    lines = [
        f"{recipe}, seeds {', '.join(run.protocol['seed'] for run in runs)}",
        "",
        markdown(["metric", "value", "unit"], rows),
        "",
        f"{runs[0].provenance['num_parameters']:,} parameters; training step "
        f"{seconds / 60:.1f} min, {cpu_seconds / 60:.1f} CPU min",
        *(f"{k}: {protocol[k]}" for k in (*SHOWN, *PROTOCOL) if k in protocol),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
