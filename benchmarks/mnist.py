# SPDX-License-Identifier: Apache-2.0
"""Print the figures of the MNIST recipes: quality, minutes, parameters, cost per step.

    python benchmarks/mnist.py --recipes mnist-cnn --seeds 1 2 3

Each run is a whole `prodl run` in a project folder of its own: same code and data, own
parameters and state. The metrics are those of the exported model on the 10,000 official
test images, read once by the evaluator. CPU seconds are user + system time, children
included.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TRAINING_STEP = "Trainer"
METRICS = ("test_accuracy", "test_log_loss", "test_calibration_error")


@dataclass(frozen=True)
class Measurement:
    """One run of one recipe."""

    recipe: str
    seed: int
    metrics: dict[str, float]
    provenance: dict[str, Any]
    steps: list[dict[str, Any]]

    @property
    def training(self) -> dict[str, Any]:
        """The trainer's step record."""
        return next(s for s in self.steps if s["node"] == TRAINING_STEP)

    @property
    def epoch_seconds(self) -> float:
        """Wall time of an epoch's steps, without validation; mean over the epochs."""
        return float(self.provenance["train_seconds"] / self.provenance["epochs"])

    @property
    def other_cpu_seconds(self) -> float:
        """CPU time of all steps but training."""
        others = [s for s in self.steps if s["node"] != TRAINING_STEP]
        return float(sum(s["cpu_seconds"] for s in others))


def main() -> None:
    """Run what the command line asks for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", default=["mnist-cnn"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, help="Override the number of epochs.")
    arguments = parser.parse_args()
    measurements = []
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch))
        for recipe in arguments.recipes:
            for seed in arguments.seeds:
                print(f"running {recipe}, seed {seed}", file=sys.stderr)
                found = measure(project, recipe, seed, arguments.epochs)
                measurements.append(found)
    print(quality_table(measurements))
    print()
    print(step_table(measurements[0]))


def make_project(folder: Path) -> Path:
    """Make a project folder that shares code and raw data with this one."""
    project = folder / "project"
    project.mkdir()
    for name in ("components", "pipelines"):
        (project / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "data", project / "data", copy_function=os.link)
    shutil.copy(ROOT / "params.yaml", project)
    return project


def measure(project: Path, recipe: str, seed: int, epochs: int | None) -> Measurement:
    """Run a recipe with a seed and read what it left."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["recipes"][recipe]["seed"] = seed
    if epochs:
        params["recipes"][recipe]["trainer"]["epochs"] = epochs
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    state = project / ".prodl"
    environment = os.environ | {"PRODL_ROOT": str(project), "PRODL_HOME": str(state)}
    subprocess.run(
        [sys.executable, "-m", "pipelines", "run", recipe],
        check=True,
        cwd=project,
        env=environment,
        stdout=sys.stderr,
    )
    record = json.loads((state / "runs" / f"{recipe}.json").read_text())
    trainer = next(s for s in record["steps"] if s["node"] == TRAINING_STEP)
    model = Path(trainer["outputs"]["model"]) / "Format-Serving"
    return Measurement(
        recipe=recipe,
        seed=seed,
        metrics=json.loads((project / "metrics" / f"{recipe}.json").read_text()),
        provenance=json.loads((model / "provenance.json").read_text()),
        steps=record["steps"],
    )


def quality_table(measurements: list[Measurement]) -> str:
    """One row per recipe: metrics as mean and spread over the seeds."""
    header = ["recipe", "seeds", *METRICS, "parameters"]
    header += ["s/epoch", "training min", "CPU min"]
    rows = [
        _quality_row(recipe, [m for m in measurements if m.recipe == recipe])
        for recipe in dict.fromkeys(m.recipe for m in measurements)
    ]
    return _markdown(header, rows)


def step_table(measurement: Measurement) -> str:
    """One row per step of a run that found nothing in the cache."""
    rows = [
        [
            step["node"],
            step["status"],
            f"{step['seconds']:.1f}",
            f"{step['cpu_seconds']:.1f}",
            f"{step['peak_memory_mb']:.0f}",
        ]
        for step in measurement.steps
    ]
    rows.append(
        ["all but training", "", "", f"{measurement.other_cpu_seconds:.1f}", ""]
    )
    return _markdown(["step", "status", "s", "CPU s", "peak MB"], rows)


def _quality_row(recipe: str, runs: list[Measurement]) -> list[str]:
    seconds = statistics.mean(m.training["seconds"] for m in runs)
    cpu_seconds = statistics.mean(m.training["cpu_seconds"] for m in runs)
    return [
        recipe,
        ", ".join(str(m.seed) for m in runs),
        *(_mean_and_spread([m.metrics[name] for m in runs]) for name in METRICS),
        f"{runs[0].provenance['num_parameters']:,}",
        f"{statistics.median(m.epoch_seconds for m in runs):.1f}",
        f"{seconds / 60:.1f}",
        f"{cpu_seconds / 60:.1f}",
    ]


def _mean_and_spread(values: list[float]) -> str:
    mean = f"{statistics.mean(values):.4f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.4f}"


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
