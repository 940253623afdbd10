# SPDX-License-Identifier: Apache-2.0
"""Time an epoch of each recurrent classifier of MNIST, by the kind of its cell.

    python benchmarks/cells.py

Protocol: single steps of each recipe's network and optimizer on random images, in turn,
so that other load slows all alike; the first, which traces the graph, does not count.
An epoch is the median step times the steps of 54,924 images; CPU seconds are those of
all threads.
"""

import argparse
import statistics
import time

import keras
import numpy as np
from project import ROOT
from tables import markdown

from components.trainer.classifier.loss import cross_entropy
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.rnn.model import build_model
from components.trainer.rnn.params import Params
from pipelines.config import load_config

RECIPES = ("mnist-lstm-book", "mnist-lstm", "mnist-gru", "mnist-bilstm", "mnist-irnn")
NUM_IMAGES = 54_924
NUM_CLASSES = 10
IMAGE_SHAPE = (28, 28, 1)


def main() -> None:
    """Time what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=20, help="Steps of each recipe.")
    arguments = parser.parse_args()
    config = load_config(ROOT)
    params = {recipe: config.recipe(recipe).params for recipe in RECIPES}
    models = {recipe: compiled(params[recipe]) for recipe in RECIPES}
    seconds = {recipe: [step(models[recipe], params[recipe])] for recipe in RECIPES}
    for _ in range(arguments.steps):
        for recipe in RECIPES:
            seconds[recipe].append(step(models[recipe], params[recipe]))
    rows = []
    for recipe in RECIPES:
        steps_per_epoch = NUM_IMAGES // params[recipe].batch_size
        costs = zip(*seconds[recipe][1:], strict=True)
        epoch = [statistics.median(cost) * steps_per_epoch for cost in costs]
        size = f"{models[recipe].count_params():,}"
        rows.append([f"`{recipe}`", size, *(f"{cost:.1f}" for cost in epoch)])
    print(markdown(["recipe", "parameters", "CPU s/epoch", "s/epoch"], rows))


def compiled(params: Params) -> keras.Model:
    """Build and compile the network of a recipe."""
    model = build_model(params, IMAGE_SHAPE, NUM_CLASSES)
    model.compile(
        optimizer=make_optimizer(params.optimizer, num_steps=1000),
        loss=cross_entropy(params.label_smoothing, NUM_CLASSES),
    )
    return model


def step(model: keras.Model, params: Params) -> tuple[float, float]:
    """Make one step; returns its CPU seconds and its wall time."""
    random = np.random.default_rng(0)
    size = (params.batch_size, *IMAGE_SHAPE)
    images = random.integers(0, 256, size).astype(np.uint8)
    labels = random.integers(0, NUM_CLASSES, params.batch_size)
    start = time.process_time(), time.perf_counter()
    model.train_on_batch(images, labels)
    return time.process_time() - start[0], time.perf_counter() - start[1]


if __name__ == "__main__":
    main()
