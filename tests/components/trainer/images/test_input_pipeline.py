# SPDX-License-Identifier: Apache-2.0
"""Batches of the input pipeline, epoch after epoch."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from components.trainer.images.arrays import ImageArrays
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.images.params import Augmentation
from tests.support.training.tiny import make_arrays

OFF = Augmentation()
STRONG = Augmentation(shift=3.0, rotation=20.0, zoom=0.2, shear=0.2)
BATCH = 32


@pytest.fixture(scope="module")
def arrays() -> ImageArrays:
    return make_arrays(100)


def _draw(arrays: ImageArrays, num_epochs: int, **options: Any) -> list[Any]:
    options = {"batch_size": BATCH, "seed": 1, "augmentation": OFF} | options
    return list(islice(_batches(arrays, options), num_epochs * 4))


def _batches(arrays: ImageArrays, options: dict[str, Any]) -> Iterator[Any]:
    return iter(epochs(arrays, **options).as_numpy_iterator())


def _same(left: list[Any], right: list[Any]) -> bool:
    return all(
        np.array_equal(a, b)
        for one, other in zip(left, right, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_each_epoch_shows_each_item_once(arrays: ImageArrays) -> None:
    batches = _draw(arrays, num_epochs=1)

    assert steps_per_epoch(arrays, BATCH) == len(batches) == 4
    assert [len(labels) for _, labels in batches] == [32, 32, 32, 4]
    images = np.concatenate([images for images, _ in batches])
    assert images.dtype == np.uint8
    assert _as_set(images) == _as_set(arrays.images)


def test_images_keep_their_labels_and_weights(arrays: ImageArrays) -> None:
    batches = _draw(arrays, num_epochs=1, weighted=True)
    facts = {
        image.tobytes(): (label, weight)
        for image, label, weight in zip(
            arrays.images, arrays.labels, arrays.label_weights, strict=True
        )
    }

    for images, labels, weights in batches:
        for image, label, weight in zip(images, labels, weights, strict=True):
            assert facts[image.tobytes()] == (label, weight)


def test_epochs_differ_in_order(arrays: ImageArrays) -> None:
    batches = _draw(arrays, num_epochs=2)

    assert not _same(batches[:4], batches[4:])


@pytest.mark.parametrize("augmentation", [OFF, STRONG])
def test_starting_at_an_epoch_shows_what_it_always_shows(
    arrays: ImageArrays, augmentation: Augmentation
) -> None:
    whole = _draw(arrays, num_epochs=3, augmentation=augmentation)
    resumed = _draw(arrays, num_epochs=2, augmentation=augmentation, first_epoch=1)

    assert _same(whole[4:], resumed)


def test_other_seed_shows_another_order(arrays: ImageArrays) -> None:
    assert not _same(_draw(arrays, 1, seed=1), _draw(arrays, 1, seed=2))


def _as_set(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}
