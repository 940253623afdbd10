# SPDX-License-Identifier: Apache-2.0
"""Compare the step rate of the training loop with plain `model.fit` on arrays.

    python benchmarks/step_rate.py --recipe mnist-cnn

Protocol: both train the recipe's network for epochs on random images, as many as MNIST
has, without augmentation; the training loop with input pipeline, progress, validation
hook and checkpoint. Epochs alternate, so that other load slows both; the first of each,
which traces the graph, does not count. The ratio is that of the medians; above 1, the
training loop is faster.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.trainer.classifier.loss import cross_entropy
from components.trainer.cnn.model import build_model
from components.trainer.images.arrays import ImageArrays
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.images.params import Augmentation
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.optimizer import make_optimizer
from pipelines.config import load_config

ROOT = Path(__file__).resolve().parents[1]
IMAGE_SHAPE = (28, 28, 1)
NUM_CLASSES = 10


@dataclass(frozen=True)
class Epoch:
    """Milliseconds per step of one epoch."""

    wall: float
    cpu: float


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="mnist-cnn")
    parser.add_argument("--items", type=int, default=54_924)
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    params = load_config(ROOT).recipe(arguments.recipe).params
    arrays = random_arrays(arguments.items)
    num_steps = steps_per_epoch(arrays, params.batch_size)

    candidates = {
        "model.fit on arrays": plain_epoch(params, arrays),
        "Trainer": trainer_epoch(params, arrays),
    }
    measured: dict[str, list[Epoch]] = {name: [] for name in candidates}
    for _ in range(arguments.epochs + 1):
        for name, run in candidates.items():
            measured[name].append(measure(run, num_steps))
    medians = {name: median(found[1:]) for name, found in measured.items()}

    print(
        f"{arguments.recipe}: {num_steps} steps of {params.batch_size} images per epoch"
    )
    for name, found in medians.items():
        print(f"{name:20} {found.wall:7.2f} ms/step {found.cpu:7.2f} CPU ms/step")
    plain, ours = medians.values()
    print(f"step rate, wall: {plain.wall / ours.wall:.3f} of plain model.fit")
    print(f"step rate, CPU:  {plain.cpu / ours.cpu:.3f} of plain model.fit")


def random_arrays(num_items: int) -> ImageArrays:
    """Random images of random classes."""
    random = np.random.default_rng(0)
    return ImageArrays(
        images=random.integers(0, 256, (num_items, *IMAGE_SHAPE), dtype=np.uint8),
        labels=random.integers(0, NUM_CLASSES, num_items),
        label_weights=np.ones(num_items, np.float32),
    )


def plain_epoch(params: Any, arrays: ImageArrays) -> Callable[[], Any]:
    """Return a function that trains one epoch with Keras' `fit` alone."""
    model = compiled(params)
    return lambda: model.fit(
        arrays.images, arrays.labels, batch_size=params.batch_size, verbose=0
    )


def trainer_epoch(params: Any, arrays: ImageArrays) -> Callable[[], Any]:
    """Return a function that trains one epoch with loop and input pipeline."""
    model = compiled(params)
    num_steps = steps_per_epoch(arrays, params.batch_size)

    def make_dataset(first_epoch: int) -> Any:
        return epochs(arrays, params.batch_size, 1, Augmentation(), first_epoch)

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            plan = FitSettings(
                num_epochs=1, num_steps=num_steps, checkpoints=Path(folder)
            )
            fit(model, make_dataset, plan, lambda model: {})

    return run


def compiled(params: Any) -> Any:
    """The recipe's network, compiled as the Trainer does on a CPU."""
    model = build_model(params, IMAGE_SHAPE, NUM_CLASSES)
    model.compile(
        optimizer=make_optimizer(params.optimizer, num_steps=10_000),
        loss=cross_entropy(params.label_smoothing, NUM_CLASSES),
        metrics=["sparse_categorical_accuracy"],
        jit_compile=False,
    )
    return model


def measure(run: Callable[[], Any], num_steps: int) -> Epoch:
    """Time one epoch."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Epoch(
        wall=1000 * (time.perf_counter() - wall) / num_steps,
        cpu=1000 * (time.process_time() - cpu) / num_steps,
    )


def median(measured: list[Epoch]) -> Epoch:
    """Median of wall and CPU time."""
    return Epoch(
        wall=statistics.median(epoch.wall for epoch in measured),
        cpu=statistics.median(epoch.cpu for epoch in measured),
    )


if __name__ == "__main__":
    main()
