# SPDX-License-Identifier: Apache-2.0
"""Measure what a published encoder is worth to a classifier, by number of labels.

    dvc repro publish@mnist-sparse-ae
    python benchmarks/few_labels.py --labels 600 6000 0 --seeds 1 2 3 4 5

Protocol: the frozen encoder, the fine-tuned one and the same network from scratch are
trained on the same labelled images, as many of each class, for as many steps. Each gets
the learning rate of least validation loss at the first seed, out of the same ones. The
seed draws labels, weights and order. The gain is that of the accuracy on the official
test images, paired by seed; its interval is that of Student's t over the seeds.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from scipy.stats import t as student
from tables import markdown, mean_and_spread

from components.contracts.splits import SPLITS
from components.core.errors import UsageError
from components.core.project import project_root, state_dir
from components.evaluator.examples import ExampleSplit
from components.serving.saved_model import SavedModel
from components.trainer.classifier.train import Trained
from components.trainer.classifier.validation import predict_logits
from components.trainer.encoder.model import read_encoder
from components.trainer.encoder.params import Params
from components.trainer.encoder.train import train_tuned
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.images.labelled import draw_labelled
from pipelines.config import load_config
from pipelines.published_models import newest_published

# Labels -> epochs and batch size: about as many steps with few labels as with many.
LENGTHS = {600: (30, 20), 6000: (10, 60), 0: (4, 128)}
KINDS = ("frozen", "fine_tuned", "from scratch")
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Task:
    """What all trainings have in common."""

    params: Params
    encoder: keras.Model
    data: ImageData
    test: ImageArrays
    scratch: Path


def main() -> None:
    """Train with each number of labels and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="mnist-ae-classifier")
    parser.add_argument("--labels", nargs="+", type=int, default=list(LENGTHS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--examples", type=Path, help="Folder of Ingest's examples.")
    arguments = parser.parse_args()
    config = load_config(project_root())
    recipe = config.recipe(arguments.recipe)
    model = SavedModel(newest_published(config, recipe.needs))
    splits = read_splits(arguments.examples or newest_examples(), model)
    train, validation, test = splits
    num_classes = len(model.dataset.classes)
    with tempfile.TemporaryDirectory() as scratch:
        task = Task(
            recipe.params,
            read_encoder(model.path),
            ImageData(train, validation, num_classes),
            test,
            Path(scratch),
        )
        rows = [measure(task, count, arguments.seeds) for count in arguments.labels]
    gains = [f"gain, {kind}" for kind in KINDS[:-1]]
    print(markdown(["labels", *KINDS, *gains], rows))


def newest_examples() -> Path:
    """Folder of the examples of the newest run of the data steps."""
    found = sorted(state_dir().glob("**/Ingest/examples/*"), key=lambda p: int(p.name))
    if not found:
        raise UsageError(f"{state_dir()}: expected examples of a run.\nReceived none.")
    return found[-1]


def read_splits(folder: Path, model: SavedModel) -> list[ImageArrays]:
    """Read training, validation and test split."""
    index = {name: number for number, name in enumerate(model.dataset.classes)}
    arrays = []
    for name in SPLITS:
        split = ExampleSplit(folder, name, model.dataset)
        images, labels = [], list[int]()
        for batch in split.batches():
            images.append(split.pixels(batch.serialized))
            labels += [index[label] for label in batch.labels]
        weights = np.ones(len(labels), np.float32)
        arrays.append(
            ImageArrays(np.concatenate(images), np.array(labels, np.int64), weights)
        )
    return arrays


def measure(task: Task, count: int, seeds: Sequence[int]) -> list[str]:
    """Row of a number of labels: accuracies, and gains with their intervals."""
    accuracies = {kind: train_kind(task, kind, count, seeds) for kind in KINDS}
    *others, control = accuracies.values()
    gains = [np.subtract(values, control).tolist() for values in others]
    return [
        f"{count:,}" if count else "all",
        *map(mean_and_spread, accuracies.values()),
        *map(interval, gains),
    ]


def train_kind(task: Task, kind: str, count: int, seeds: Sequence[int]) -> list[float]:
    """Test accuracy of one kind of network for each seed."""
    epochs, batch_size = LENGTHS.get(count, LENGTHS[0])
    params = replace(task.params, epochs=epochs, batch_size=batch_size)
    if kind != KINDS[-1]:
        params = replace(params, mode=kind)
    accuracies = []
    for seed in seeds:
        data = draw_labelled(task.data, count, seed)
        folder = task.scratch / kind / f"{count}-{seed}"
        from_scratch = kind == KINDS[-1]
        trained = train_tuned(params, data, folder, seed, task.encoder, from_scratch)
        # The first seed decides for the others.
        rate = trained.outcome.details["learning_rate"]
        optimizer = replace(params.optimizer, learning_rate=rate)
        params = replace(params, optimizer=optimizer, learning_rates=())
        accuracies.append(accuracy(trained, task.test))
    print(f"{kind}, {count} labels, rate {rate:g}: {accuracies}", flush=True)
    return accuracies


def accuracy(trained: Trained, test: ImageArrays) -> float:
    """Share of the test images that are classified rightly."""
    predicted = predict_logits(trained.model, test).argmax(axis=1)
    return float((predicted == test.labels).mean())


def interval(gains: Sequence[float]) -> str:
    """Mean of some gains, with Student's interval."""
    mean, count = statistics.mean(gains), len(gains)
    if count < 2:
        return f"{mean:+.4f}"
    reach = student.ppf((1 + CONFIDENCE) / 2, count - 1)
    reach *= statistics.stdev(gains) / count**0.5
    return f"{mean:+.4f} ({mean - reach:+.4f} to {mean + reach:+.4f})"


if __name__ == "__main__":
    main()
