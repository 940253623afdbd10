# SPDX-License-Identifier: Apache-2.0
"""Training of a nearest-centroid classifier: the mean image of each class."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from components.trainer.centroid.params import Params
from numpy.typing import NDArray

from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.loop.history import EpochRow
from components.trainer.provenance import Outcome


@dataclass(frozen=True)
class Trained:
    """A trained classifier."""

    centroids: NDArray[np.float32]
    """Mean image of each class: (classes, height * width * channels)."""

    history: list[EpochRow]
    """One row: there is one epoch."""

    outcome: Outcome
    """Results of the training."""


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Compute the mean image of each class.

    Args:
        params: Parameters of the classifier.
        data: Training and validation split.
        workdir: Folder of checkpoints; there are none.
        seed: Seeds nothing: nothing is random.
    """
    del params, workdir, seed
    start = time.monotonic()
    flat, labels = _flatten(data.train), data.train.labels
    means = [flat[labels == index].mean(axis=0) for index in range(data.num_classes)]
    centroids = np.stack(means).astype(np.float32)
    history = {
        "epoch": 1.0,
        "loss": _error_rate(centroids, data.train),
        "learning_rate": 0.0,
        "seconds": time.monotonic() - start,
    }
    outcome = Outcome(
        num_parameters=centroids.size,
        epochs=1,
        train_seconds=history["seconds"],
        devices="1 x cpu",
        precision="float32",
        validation={"error_rate": _error_rate(centroids, data.validation)},
    )
    return Trained(centroids, [history], outcome)


def _error_rate(centroids: NDArray[np.float32], arrays: ImageArrays) -> float:
    differences = _flatten(arrays)[:, None] - centroids
    nearest = np.square(differences).sum(axis=-1).argmin(axis=1)
    return float(np.mean(nearest != arrays.labels))


def _flatten(arrays: ImageArrays) -> NDArray[np.float32]:
    return arrays.images.reshape(len(arrays), -1).astype(np.float32) / 255
