# SPDX-License-Identifier: Apache-2.0
"""Few labels: a part of the training images, with the same number of each class."""

from dataclasses import replace

import numpy as np

from components.core.checks import expect
from components.trainer.images.arrays import ImageArrays, ImageData


def draw_labelled(data: ImageData, count: int, seed: int) -> ImageData:
    """Keep some training images, whose labels a classifier may see.

    Args:
        data: Training and validation split; the latter stays whole.
        count: Training images to keep, as many of each class; 0 for all of them.
        seed: Determines which.

    Raises:
        ValueError: If a class has too few images, or the number is no multiple of the
            number of classes.
    """
    if not count:
        return data
    per_class, rest = divmod(count, data.num_classes)
    present = np.bincount(data.train.labels, minlength=data.num_classes)
    fewest = int(present.min())
    wanted = f"a multiple of {data.num_classes}, at most {fewest} for each class"
    expect(not rest and per_class <= fewest, "labels", wanted, count)
    order = np.random.default_rng(seed).permutation(len(data.train))
    classes = data.train.labels[order]
    kept = [order[classes == label][:per_class] for label in range(data.num_classes)]
    # In the order of the items, whatever the draw.
    return replace(data, train=_rows(data.train, np.sort(np.concatenate(kept))))


def _rows(arrays: ImageArrays, rows: np.ndarray) -> ImageArrays:
    weights = np.ones(len(rows), np.float32)  # each class is as frequent as the others
    return ImageArrays(arrays.images[rows], arrays.labels[rows], weights)
