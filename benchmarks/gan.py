# SPDX-License-Identifier: Apache-2.0
"""Print the figures of the GAN recipes, from what their last runs left.

    prodl run mnist-gan && prodl run mnist-gan-book
    python benchmarks/gan.py mnist-gan mnist-gan-book

Samples as many as test images; floor and ceiling are real training images and uniform
noise, measured like the samples. Wall and CPU minutes are those of the training step as
the run's record has them, 0 where it came from the cache.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RECIPES = ("mnist-gan", "mnist-gan-quick", "mnist-gan-book")
# Metric without its prefix -> how to print it.
FIGURES = {
    "frechet_distance": "{:.2f}",
    "frechet_share": "{:.3%}",
    "kernel_distance": "{:.5f}",
    "precision": "{:.3f}",
    "recall": "{:.3f}",
    "density": "{:.3f}",
    "coverage": "{:.3f}",
    "confident_share": "{:.1%}",
    "class_entropy": "{:.4f}",
    "smallest_class_share": "{:.1%}",
    "largest_class_share": "{:.1%}",
}
OWN = {"memorised_share": "{:.2%}", "nearest_train_ratio": "{:.3f}"}


def main() -> None:
    """Print one table of figures, one of costs, and the protocol."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipes", nargs="*", default=RECIPES)
    recipes = parser.parse_args().recipes
    metrics = {recipe: _read(f"metrics/{recipe}.json") for recipe in recipes}
    print(_markdown(["figure", *recipes, "floor", "ceiling"], _figures(metrics)))
    print()
    header = ["recipe", "parameters", "epochs", "training min", "CPU min", "epochs s"]
    print(_markdown(header, (_cost(recipe) for recipe in recipes)))
    print()
    for name, text in _protocol(recipes[0]).items():
        print(f"{name}: {text}")


def _figures(metrics: dict[str, Any]) -> Iterator[list[str]]:
    bounds = next(iter(metrics.values()))
    for name, form in FIGURES.items():
        found = [form.format(values[f"test_{name}"]) for values in metrics.values()]
        ends = [form.format(bounds[end + name]) for end in ("floor_", "ceiling_")]
        yield [name, *found, *ends]
    for name, form in OWN.items():
        found = [form.format(values[f"test_{name}"]) for values in metrics.values()]
        yield [name, *found, "", ""]


def _cost(recipe: str) -> list[str]:
    step = _step(recipe, "Trainer")
    model = Path(step["outputs"]["model"]) / "Format-Serving"
    provenance = json.loads((model / "provenance.json").read_text())
    return [
        recipe,
        f"{provenance['num_parameters']:,}",
        str(provenance["epochs"]),
        f"{step['seconds'] / 60:.1f}",
        f"{step['cpu_seconds'] / 60:.1f}",
        f"{provenance['train_seconds']:.0f}",
    ]


def _protocol(recipe: str) -> dict[str, str]:
    folder = Path(_step(recipe, "Evaluate")["outputs"]["evaluation"])
    protocol = json.loads((folder / "metrics.json").read_text())["protocol"]
    return {k: v for k, v in protocol.items() if not k.startswith("unit.")}


def _step(recipe: str, node: str) -> dict[str, Any]:
    record = _read(f".prodl/runs/{recipe}.json")
    return dict(next(step for step in record["steps"] if step["node"] == node))


def _read(path: str) -> Any:
    return json.loads((ROOT / path).read_text())


def _markdown(header: list[str], rows: Any) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
