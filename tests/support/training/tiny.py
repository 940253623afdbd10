# SPDX-License-Identifier: Apache-2.0
"""Tiny training of a CNN with every stateful part, for tests of the training loop."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from components.trainer.classifier.train import Trained
from components.trainer.cnn.params import Params
from components.trainer.cnn.train import train
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.images.params import Augmentation
from components.trainer.loop.params import Optimizer
from tests.support.datasets.mnist import draw_digits

PARAMS = Params(
    layers=("conv 4 stride 2", "dense 16"),
    batch_norm=True,
    dropout=0.2,
    epochs=4,
    batch_size=32,
    label_smoothing=0.05,
    temperature="fit",
    precision="float32",
    optimizer=Optimizer(
        learning_rate=0.01, schedule="one_cycle", weight_decay=0.01, ema=0.9
    ),
    augmentation=Augmentation(shift=1.0, rotation=10.0),
)


def make_arrays(num_items: int, seed: int = 0) -> ImageArrays:
    """Draw digits of all classes, with class weights that grow from 0.5 to 1.5.

    Args:
        num_items: Number of images.
        seed: Seeds the drawing. Defaults to 0.
    """
    labels = np.arange(num_items) % 10
    images = draw_digits(labels, seed)[..., np.newaxis]
    weights = np.linspace(0.5, 1.5, num_items, dtype=np.float32)
    return ImageArrays(images, labels.astype(np.int64), weights)


def make_data() -> ImageData:
    """Make a training split that no full batches divide, and a validation split."""
    return ImageData(make_arrays(100), make_arrays(50, seed=1), num_classes=10)


def train_tiny(workdir: Path, **changes: Any) -> Trained:
    """Train `PARAMS`, with changes, on `make_data`."""
    return train(replace(PARAMS, **changes), make_data(), workdir, seed=3)


def train_plain(workdir: Path, **changes: Any) -> Trained:
    """Train without dropout and batch normalization, which differ between devices."""
    plain = {
        "layers": ("dense 8",),
        "epochs": 1,
        "dropout": 0.0,
        "batch_norm": False,
        "temperature": "none",
    }
    return train_tiny(workdir, **{**plain, **changes})
