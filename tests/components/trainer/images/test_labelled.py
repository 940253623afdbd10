# SPDX-License-Identifier: Apache-2.0
"""Few labels: which training images a classifier may see."""

import numpy as np
import pytest

from components.trainer.images.labelled import draw_labelled
from tests.support.training.tiny import make_data


def test_each_class_has_the_same_number_of_labels() -> None:
    labelled = draw_labelled(make_data(), 40, seed=1)

    assert np.bincount(labelled.train.labels).tolist() == [4] * 10
    assert len(labelled.validation) == len(make_data().validation)
    assert set(labelled.train.label_weights) == {1.0}


def test_images_keep_their_labels_and_are_drawn_by_the_seed() -> None:
    data = make_data()
    by_pixels = {
        image.tobytes(): label
        for image, label in zip(data.train.images, data.train.labels, strict=True)
    }

    drawn = [draw_labelled(data, 20, seed).train for seed in (1, 1, 2)]

    first, again, other = (train.images.tobytes() for train in drawn)
    assert first == again != other
    pairs = zip(drawn[0].images, drawn[0].labels, strict=True)
    assert all(by_pixels[image.tobytes()] == label for image, label in pairs)


def test_all_labels_are_the_data_themselves() -> None:
    data = make_data()

    assert draw_labelled(data, 0, seed=1) is data


@pytest.mark.parametrize("count", [25, 1000])
def test_number_that_classes_cannot_share_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="labels.*multiple of 10, at most 10"):
        draw_labelled(make_data(), count, seed=1)
