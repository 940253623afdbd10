# SPDX-License-Identifier: Apache-2.0
"""Print the table of figures of docs/book.md from what the runs measured.

    python benchmarks/book.py

Reads params.yaml, book/params.yaml and metrics/; trains nothing. The metric of a recipe
is the first that its gate limits.
"""

import json
from typing import Any, Final

import yaml
from project import ROOT
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
    """Print a row per recipe."""
    header = ["recipe", "metric", "measured", "gate", "the book"]
    rows = []
    for file in ("params.yaml", "book/params.yaml"):
        recipes = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["recipes"]
        rows += [figures(name, recipes[name]["gate"]) for name in recipes]
    print(markdown(header, rows))


def figures(name: str, gate: dict[str, dict[str, float]]) -> list[str]:
    """Row of a recipe: its first metric, beside gate and book."""
    path = ROOT / "metrics" / f"{name}.json"
    metric, limits = next(iter(gate.items()))
    wanted = ", ".join(f"{k} {limits[k]}" for k in ("min", "max") if k in limits)
    metrics = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    # Not all are there where the gate is newer than the run.
    measured = "not run yet"
    if metrics.keys() >= gate.keys():
        failed = [key for key in gate if not is_within(metrics[key], gate[key])]
        refused = f"; refused by {', '.join(failed)}" if failed else ""
        measured = f"{metrics[metric]:.4g}{refused}"
    return [f"`{name}`", f"`{metric}`", measured, wanted, BOOK.get(name, "")]


def is_within(value: float, limits: dict[str, Any]) -> bool:
    """Whether a value keeps to the fixed limits of a gate."""
    return limits.get("min", value) <= value <= limits.get("max", value)


if __name__ == "__main__":
    main()
