# SPDX-License-Identifier: Apache-2.0
"""Print the table of figures of docs/book.md from what the runs measured.

    python benchmarks/book.py

Reads params.yaml, book/params.yaml, metrics/ and the records of the last runs here;
trains nothing. The metric of a recipe is the first that its gate limits. Minutes are
those of its training step, where it ran: wall time, and user and system time, children
included.
"""

from collections.abc import Sequence
from typing import Any, Final

import yaml
from project import ROOT, STATE, TRAINING_STEP, read_json
from tables import markdown

# What the book prints of the same metric.
BOOK: Final = {
    "mnist-cnn-book": "0.9867",
    "mnist-standard-book": "0.9905",
    "mnist-separable-book": "0.9859",
    "mnist-softmax": "0.9105",
    "mnist-lstm-book": "0.9672",
    "mnist-dbn-book": "0.9781",
    "cats-dogs-vgg16-book": "accuracy 0.9769 on photographs, loss 5.692 in training",
    "cervix-cnn": "loss 1.0007 in training, of the class shares",
    "alice-lstm-passage": "accuracy 0.9940 in training",
}


def main() -> None:
    """Print a row per recipe, and the cost of all."""
    rows = []
    total = 0.0
    for file in ("params.yaml", "book/params.yaml"):
        recipes = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["recipes"]
        for name in recipes:
            steps = steps_of(name)
            total += sum(step["cpu_seconds"] for step in steps)
            measured = figures(name, recipes[name]["gate"])
            rows.append([*measured, minutes(steps), BOOK.get(name, "")])
    header = ["recipe", "metric", "measured", "gate", "minutes, of CPU", "the book"]
    print(markdown(header, rows))
    print(f"\n{len(rows)} recipes; all their steps: {total / 3600:.1f} CPU hours")


def steps_of(name: str) -> list[dict[str, Any]]:
    """Steps of a recipe's last run here; none if there was none."""
    path = ROOT / STATE / "runs" / f"{name}.json"
    return list(read_json(path)["steps"]) if path.exists() else []


def minutes(steps: Sequence[dict[str, Any]]) -> str:
    """Wall and CPU minutes of the training step, where it ran."""
    for step in steps:
        if step["node"] == TRAINING_STEP and step["status"] == "ran":
            return f"{step['seconds'] / 60:.1f}, {step['cpu_seconds'] / 60:.1f}"
    return ""


def figures(name: str, gate: dict[str, dict[str, float]]) -> list[str]:
    """First cells of a recipe's row: its first metric, beside the gate."""
    path = ROOT / "metrics" / f"{name}.json"
    metric, limits = next(iter(gate.items()))
    wanted = ", ".join(f"{k} {limits[k]}" for k in ("min", "max") if k in limits)
    metrics = read_json(path) if path.exists() else {}
    # Not all are there where the gate is newer than the run.
    measured = "not run yet"
    if metrics.keys() >= gate.keys():
        failed = [key for key in gate if not is_within(metrics[key], gate[key])]
        refused = f"; refused by {', '.join(failed)}" if failed else ""
        measured = f"{metrics[metric]:.4g}{refused}"
    return [f"`{name}`", f"`{metric}`", measured, wanted]


def is_within(value: float, limits: dict[str, Any]) -> bool:
    """Whether a value keeps to the fixed limits of a gate."""
    return limits.get("min", value) <= value <= limits.get("max", value)


if __name__ == "__main__":
    main()
