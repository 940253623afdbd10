# SPDX-License-Identifier: Apache-2.0
"""Print the figures of the Alice recipes: perplexity, accuracy, minutes, protocol.

    python benchmarks/alice.py --recipes alice-lstm alice-lstm-passage --seeds 1

Each run is a whole `prodl run` in a project folder of its own: same code and data, own
parameters and state. The metrics are those of the exported model; the test split, the
end of the book, is read once by the evaluator. Every choice was made on the validation
split. CPU minutes are user + system time of the training step, children included.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from mnist import Measurement, make_project, measure

SHOWN = ("data", "data_sha256", "tokens", "training_tokens", "vocabulary")
RULES = ("unknown_word", "ngrams", "mixture", "context", "compressors", "passage")


def main() -> None:
    """Run what the command line asks for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", default=["alice-lstm"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch))
        for recipe in arguments.recipes:
            runs = []
            for seed in arguments.seeds:
                print(f"running {recipe}, seed {seed}", file=sys.stderr)
                runs.append(measure(project, recipe, seed, epochs=None))
            print(report(recipe, runs))


def report(recipe: str, runs: list[Measurement]) -> str:
    """All metrics of a recipe with their units, then how they were measured."""
    protocol = read_protocol(runs[0])
    lines = [f"{recipe}, seeds {', '.join(str(run.seed) for run in runs)}", ""]
    lines += ["| metric | value | unit |", "| --- | --- | --- |"]
    for name in runs[0].metrics:
        unit = protocol.get(f"unit.{name}", "")
        lines.append(
            f"| {name} | {mean_and_spread([r.metrics[name] for r in runs])} | {unit} |"
        )
    seconds = statistics.mean(run.training["seconds"] for run in runs)
    cpu_seconds = statistics.mean(run.training["cpu_seconds"] for run in runs)
    parameters = runs[0].provenance["num_parameters"]
    lines += ["", f"{parameters:,} parameters; training step {seconds / 60:.1f} min"]
    lines[-1] += f", {cpu_seconds / 60:.1f} CPU min"
    lines += [f"{k}: {protocol[k]}" for k in (*SHOWN, *RULES) if k in protocol]
    return "\n".join([*lines, ""])


def read_protocol(run: Measurement) -> dict[str, str]:
    """How the evaluator measured."""
    step = next(step for step in run.steps if step["node"] == "Evaluate")
    file = Path(step["outputs"]["evaluation"]) / "metrics.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["protocol"])


def mean_and_spread(values: list[float]) -> str:
    """Mean of a few runs, and their standard deviation."""
    mean = f"{statistics.mean(values):.4f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.4f}"


if __name__ == "__main__":
    main()
