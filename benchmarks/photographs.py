# SPDX-License-Identifier: Apache-2.0
"""Print the figures of the recipes on photographs.

    python benchmarks/photographs.py --recipes cats-dogs-vgg16 cats-dogs-cnn \\
        --from ARCHIVE --weights FILE.h5 --set cats-dogs-vgg16 image.size=224
    python benchmarks/photographs.py --recipes cervix-cnn cervix-transfer

Each run is a whole `prodl run` in a project folder of its own: same code, own
parameters and state. `--from` gives the folder or archive of photographs of cats and
dogs; without it the drawn pictures are used. The figures are those of the exported
float32 model on the test split, which the evaluator read once. Seconds are wall time of
the training step, features included unless `--features` brings them; CPU seconds are
user + system.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TRAINING_STEP = "Trainer"


@dataclass(frozen=True)
class Measurement:
    """One run of one recipe."""

    recipe: str
    metrics: dict[str, float]
    protocol: dict[str, str]
    provenance: dict[str, Any]
    training: dict[str, Any]


def main() -> None:
    """Run what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", required=True)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--from", dest="given", type=Path, help="Own photographs.")
    parser.add_argument("--weights", help="Of the base: imagenet, or an .h5 file.")
    parser.add_argument("--features", type=Path, help="Cache of features to use.")
    parser.add_argument(
        *("--set", "-s"),
        dest="changes",
        nargs=2,
        action="append",
        default=[],
        metavar=("RECIPE", "NAME=VALUE"),
        help="Change a trainer parameter, as in `cats-dogs-vgg16 image.size=224`.",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = make_project(Path(scratch), arguments)
        rows = [
            row(measure(project, recipe, seed))
            for recipe in arguments.recipes
            for seed in arguments.seeds
        ]
    print(markdown(HEADER, rows))


def make_project(folder: Path, arguments: argparse.Namespace) -> Path:
    """Make a project folder with this one's code, its parameters changed as asked."""
    project = folder / "project"
    project.mkdir()
    for name in ("components", "pipelines"):
        (project / name).symlink_to(ROOT / name)
    ignored = shutil.ignore_patterns("raw")
    shutil.copytree(ROOT / "data", project / "data", ignore=ignored)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    for recipe, change in arguments.changes:
        set_value(params["recipes"][recipe]["trainer"], change)
    for recipe in arguments.recipes if arguments.weights else ():
        if base := params["recipes"][recipe]["trainer"].get("base"):
            base["weights"] = arguments.weights
    datasets = {params["recipes"][recipe]["dataset"] for recipe in arguments.recipes}
    if arguments.given:
        params["datasets"]["cats_dogs"]["variant"] = "own"
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    if arguments.features:
        (project / ".prodl").mkdir()
        features = arguments.features.resolve()
        (project / ".prodl" / "features").symlink_to(features)
    for dataset in sorted(datasets):
        is_given = arguments.given and dataset == "cats_dogs"
        extra = ["--from", str(arguments.given.resolve())] if is_given else []
        prodl(project, "fetch", dataset, *extra)
    return project


def set_value(trainer: dict[str, Any], change: str) -> None:
    """Change one parameter, as `name.name=value`."""
    path, _, value = change.partition("=")
    *parents, name = path.split(".")
    for parent in parents:
        trainer = trainer.setdefault(parent, {})
    trainer[name] = yaml.safe_load(value)


def measure(project: Path, recipe: str, seed: int) -> Measurement:
    """Run a recipe with a seed and read what it left."""
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["recipes"][recipe]["seed"] = seed
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    prodl(project, "run", recipe)
    record = json.loads((project / ".prodl" / "runs" / f"{recipe}.json").read_text())
    steps = {step["node"]: step for step in record["steps"]}
    trained = steps[TRAINING_STEP]
    model = Path(trained["outputs"]["model"]) / "Format-Serving"
    evaluation = Path(steps["Evaluate"]["outputs"]["evaluation"])
    measured = json.loads((evaluation / "metrics.json").read_text())
    return Measurement(
        recipe=recipe,
        metrics=measured["values"],
        protocol=measured["protocol"],
        provenance=json.loads((model / "provenance.json").read_text()),
        training=trained,
    )


def prodl(project: Path, *arguments: str) -> None:
    """Run `prodl` in a project folder."""
    print("prodl", *arguments, file=sys.stderr)
    environment = os.environ | {
        "PRODL_ROOT": str(project),
        "PRODL_HOME": str(project / ".prodl"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pipelines", *arguments]
    subprocess.run(command, check=True, cwd=project, env=environment, stdout=sys.stderr)


HEADER = [
    *("recipe", "data", "seed", "tested on", "accuracy (95 %)", "log-loss (95 %)"),
    *("of class shares", "ROC area", "least recall", "weights", "seconds"),
    *("CPU s", "features s", "speed-up"),
]


def row(found: Measurement) -> list[str]:
    """One line of the table."""
    values, details = found.metrics, found.provenance["details"]
    recalls = [v for name, v in values.items() if name.startswith("test_recall_")]
    return [
        found.recipe,
        found.protocol["data"],
        found.protocol["seed"],
        found.protocol["examples"],
        interval(values, "test_accuracy"),
        interval(values, "test_log_loss"),
        f"{values['test_log_loss_over_class_share']:.3f}",
        f"{values['test_auc']:.4f}" if "test_auc" in values else "",
        f"{min(recalls):.3f}",
        f"{found.provenance['num_parameters']:,}",
        f"{found.training['seconds']:.0f}",
        f"{found.training['cpu_seconds']:.0f}",
        str(details.get("feature_seconds", "")),
        str(details.get("speed_up_by_cache", "")),
    ]


def interval(values: dict[str, float], name: str) -> str:
    """A figure with its interval."""
    low, high = values[f"{name}_low"], values[f"{name}_high"]
    return f"{values[name]:.4f} ({low:.4f} to {high:.4f})"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
