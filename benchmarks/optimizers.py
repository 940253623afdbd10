# SPDX-License-Identifier: Apache-2.0
"""Compare the optimizers on softmax regression, where only they can differ.

    python benchmarks/optimizers.py

Prints a row per optimizer and draws their loss curves into `--picture`. Protocol: the
network of mnist-softmax on the official training images, the last 5,076 of which are
held out; the test split is not read. Constant rates, one per optimizer and none tuned
to the digit; batches of 128 but for Rprop, which takes one step per epoch, of all
images. One seed.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from tables import markdown

from components.ingest.formats.idx import read_rows, read_shape
from components.report.charts.line import line_chart
from components.trainer.cnn.train import train
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.loop.history import EpochRow, column
from components.trainer.loop.params import Optimizer
from pipelines.config import load_config

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "data" / "raw" / "mnist" / "official"
IMAGES: Final = "train-images-idx3-ubyte"
LABELS: Final = "train-labels-idx1-ubyte"
NUM_VALIDATION: Final = 5076
NUM_CLASSES: Final = 10
OPTIMIZERS: Final = {
    "gradient descent": Optimizer(name="sgd", learning_rate=0.1, momentum=0.0),
    "momentum": Optimizer(name="sgd", learning_rate=0.05, nesterov=False),
    "Nesterov momentum": Optimizer(name="sgd", learning_rate=0.05),
    "Adagrad": Optimizer(name="adagrad", learning_rate=0.05),
    "RMSprop": Optimizer(name="rmsprop", learning_rate=0.001),
    "Adadelta": Optimizer(name="adadelta", learning_rate=1.0),
    "Rprop": Optimizer(name="rprop", learning_rate=0.01),
    "Adam": Optimizer(name="adam", learning_rate=0.001),
}


def main() -> None:
    """Train with each, print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--picture", type=Path, default=Path("optimizers.html"))
    arguments = parser.parse_args()
    params = load_config(ROOT).recipe("mnist-softmax").params
    params = replace(params, epochs=arguments.epochs, temperature="none")
    data = read_data()
    histories = {name: history(params, data, name) for name in OPTIMIZERS}
    losses = {name: column(rows, "val_loss") for name, rows in histories.items()}
    chart = line_chart(losses, "Validation loss", "epoch", "nats", log_y=True)
    arguments.picture.write_text(str(chart), encoding="utf-8")
    rows = [row(name, found) for name, found in histories.items()]
    header = ["optimizer", "rate", "loss, 1 epoch", "loss", "accuracy", "s"]
    print(markdown(header, rows))


def read_data() -> ImageData:
    """Read the official training images."""
    shape = read_shape(RAW / IMAGES, 3)
    images = read_rows(RAW / IMAGES, 0, shape[0], row=shape[1:])
    labels = read_rows(RAW / LABELS, 0, shape[0], row=())
    whole = ImageArrays(
        images[..., np.newaxis],
        labels.astype(np.int64),
        np.ones(len(labels), np.float32),
    )
    return ImageData(
        part(whole, slice(-NUM_VALIDATION)),
        part(whole, slice(-NUM_VALIDATION, None)),
        NUM_CLASSES,
    )


def part(arrays: ImageArrays, rows: slice) -> ImageArrays:
    """Some rows of a split."""
    return ImageArrays(
        arrays.images[rows], arrays.labels[rows], arrays.label_weights[rows]
    )


def history(params: Any, data: ImageData, name: str) -> list[EpochRow]:
    """Train with one optimizer."""
    optimizer = OPTIMIZERS[name]
    size = "all" if optimizer.name == "rprop" else params.batch_size
    changed = replace(params, optimizer=optimizer, batch_size=size)
    with tempfile.TemporaryDirectory() as workdir:
        return train(changed, data, Path(workdir), seed=1).history


def row(name: str, rows: list[EpochRow]) -> list[str]:
    """Figures of one optimizer."""
    first, last = rows[0], rows[-1]
    return [
        name,
        f"{OPTIMIZERS[name].learning_rate:g}",
        f"{first['val_loss']:.4f}",
        f"{last['val_loss']:.4f}",
        f"{last['val_accuracy']:.4f}",
        f"{sum(column(rows, 'seconds')):.0f}",
    ]


if __name__ == "__main__":
    main()
