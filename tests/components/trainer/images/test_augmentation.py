# SPDX-License-Identifier: Apache-2.0
"""Random data augmentation."""

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.images.arrays import ImageArrays
from components.trainer.images.augmentation import augment
from components.trainer.images.params import Augmentation
from tests.support.training.tiny import make_arrays

OFF = Augmentation()
STRONG = Augmentation(shift=3.0, rotation=20.0, zoom=0.2, shear=0.2)


@pytest.fixture(scope="module")
def arrays() -> ImageArrays:
    return make_arrays(100)


def test_augmentation_that_is_off_changes_nothing(arrays: ImageArrays) -> None:
    assert augment(arrays.images, OFF, seed=[1, 2]) is arrays.images


def test_augmentation_moves_an_image_no_further_than_asked() -> None:
    dot = np.zeros((500, 29, 29, 1), np.uint8)
    dot[:, 14, 14] = 255

    moved = augment(tf.constant(dot), Augmentation(shift=3.0), seed=[1, 2]).numpy()

    rows, columns = moved.sum(axis=(0, 2, 3)), moved.sum(axis=(0, 1, 3))
    for brightness in (rows, columns):
        reached = np.flatnonzero(brightness)
        assert (reached[0], reached[-1]) == (11, 17)


def test_flip_mirrors_about_half_of_the_images_and_changes_nothing_else() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 3)).astype(np.uint8)
    flipped = np.asarray(augment(images, Augmentation(flip=True), seed=[1, 2]))

    as_was = (flipped == images).all(axis=(1, 2, 3))
    mirrored = (flipped == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (as_was ^ mirrored).all()
    assert 16 < mirrored.sum() < 48


def test_crop_shows_a_part_of_the_image_and_nothing_from_outside() -> None:
    ramp = np.broadcast_to(np.arange(40, 240, 5, dtype=np.uint8)[:, None], (40, 40, 1))
    images = np.stack([ramp[..., 0].T[..., None]] * 100)
    cropped = np.asarray(augment(images, Augmentation(crop=0.5), seed=[1, 2]))

    spans = np.ptp(cropped.astype(int), axis=(1, 2, 3))
    assert cropped.min() >= 40
    assert spans.min() >= 0.48 * 195
    assert spans.min() < 0.6 * 195
    assert spans.max() > 0.9 * 195


def test_brightness_scales_all_pixels_of_an_image_alike() -> None:
    images = np.full((100, 4, 4, 1), 100, np.uint8)
    changed = np.asarray(augment(images, Augmentation(brightness=0.2), seed=[1, 2]))

    assert np.ptp(changed, axis=(1, 2, 3)).max() == 0
    assert 80 <= changed.min() < 90
    assert 110 < changed.max() <= 120


def test_new_distortions_leave_the_draws_of_the_others_alone(
    arrays: ImageArrays,
) -> None:
    images = tf.constant(arrays.images)
    one = augment(images, Augmentation(shift=3.0), seed=[1, 2]).numpy()
    both = augment(images, Augmentation(shift=3.0, brightness=1e-9), seed=[1, 2])

    assert np.abs(one.astype(int) - both.numpy()).max() <= 1


def test_augmentation_draws_anew_for_each_image_and_step(arrays: ImageArrays) -> None:
    same = tf.constant(np.repeat(arrays.images[:1], 8, axis=0))
    first = augment(same, STRONG, seed=[1, 2]).numpy()

    assert len(_as_set(first)) == 8
    assert not np.array_equal(first, augment(same, STRONG, seed=[1, 3]).numpy())
    assert np.array_equal(first, augment(same, STRONG, seed=[1, 2]).numpy())


@pytest.mark.parametrize(
    ("field", "value"),
    [("shift", -1.0), ("rotation", 200.0), ("zoom", 1.0), ("shear", -1), ("crop", 1.0)],
)
def test_impossible_augmentation_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived {value}"):
        Augmentation(**{field: value})


def _as_set(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}
