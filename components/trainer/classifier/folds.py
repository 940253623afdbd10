# SPDX-License-Identifier: Apache-2.0
"""Cross-validation: how much a figure depends on which images were held out.

Each fold of the training split is held out once by a training of its own. The model
that is exported is none of them: it is trained on the whole split.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.core.checks import expect
from components.trainer.classifier.train import Trained
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.loop.progress import print_status

METRICS: Final = ("accuracy", "log_loss")

# Data and folder of checkpoints -> a trained classifier.
Train = Callable[[ImageData, Path], Trained]


def assign_folds(
    labels: NDArray[np.int64], num_folds: int, seed: int
) -> NDArray[np.int64]:
    """Assign each item to a fold, in which each class has its share.

    Args:
        labels: (n,), index of the class.
        num_folds: Number of folds.
        seed: Determines which item is in which.

    Returns:
        (n,), from 0.

    Raises:
        ValueError: If a class has fewer items than there are folds.
    """
    fewest = int(np.unique(labels, return_counts=True)[1].min())
    wanted = f"at most {fewest}, the items of the smallest class"
    expect(num_folds <= fewest, "folds", wanted, num_folds)
    order = np.random.default_rng(seed).permutation(len(labels))
    # Class after class, each in a random order, dealt out like cards.
    dealt = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), np.int64)
    folds[dealt] = np.arange(len(labels)) % num_folds
    return folds


def cross_validate(
    train: Train, data: ImageData, num_folds: int, workdir: Path, seed: int
) -> dict[str, float]:
    """Train once per fold, and measure on it.

    Args:
        train: Trains a classifier, from its last checkpoint if there is one.
        data: The training split is divided; the validation split is not used.
        num_folds: Number of folds.
        workdir: Folder of the checkpoints of all of them.
        seed: Determines the folds.

    Returns:
        Mean and standard deviation of the metrics over the folds.
    """
    folds = assign_folds(data.train.labels, num_folds, seed)
    measured = []
    for number in range(num_folds):
        print_status(f"fold {number + 1}/{num_folds}")
        held_out = folds == number
        part = replace(
            data,
            train=_rows(data.train, ~held_out),
            validation=_rows(data.train, held_out),
        )
        trained = train(part, workdir / f"fold_{number}")
        measured.append(trained.outcome.validation)
    return {
        f"fold_{name}_{word}": float(statistic([found[name] for found in measured]))
        for name in METRICS
        for word, statistic in (("mean", np.mean), ("deviation", _deviation))
    }


def train_with_folds(
    train: Train, data: ImageData, num_folds: int, workdir: Path, seed: int
) -> Trained:
    """Cross-validate, then train on the whole training split.

    Args:
        train: Trains a classifier, from its last checkpoint if there is one.
        data: Training and validation split.
        num_folds: Number of folds.
        workdir: Folder of the checkpoints.
        seed: Determines the folds.

    Returns:
        The classifier of the whole split, with the figures of the folds as details.
    """
    figures = cross_validate(train, data, num_folds, workdir / "folds", seed)
    # Beside the folds: a training takes all checkpoints below its folder for its own.
    print_status("the whole training split")
    trained = train(data, workdir / "whole")
    details = {**trained.outcome.details, **figures}
    return replace(trained, outcome=replace(trained.outcome, details=details))


def _deviation(values: list[float]) -> float:
    return float(np.std(values, ddof=1))


def _rows(arrays: ImageArrays, chosen: NDArray[np.bool_]) -> ImageArrays:
    return ImageArrays(
        arrays.images[chosen], arrays.labels[chosen], arrays.label_weights[chosen]
    )
