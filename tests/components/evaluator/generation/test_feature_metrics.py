# SPDX-License-Identifier: Apache-2.0
"""Figures of a set of images follow from the classifier's outputs for them."""

import math

import numpy as np
import pytest

from components.evaluator.generation.feature_metrics import (
    ClassifierOutputs,
    measure_images,
)
from components.evaluator.generation.metric_names import CONFIDENT

IMAGES = np.zeros((4, 2, 2, 1), np.uint8)
FEATURES = np.array([[1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]], np.float32)
# The classes 0, 0, 1 and 2; the last two images are as sure as asked, and less.
PROBABILITIES = np.array(
    [[1, 0, 0, 0], [1, 0, 0, 0], [0, CONFIDENT, 0, 0], [0.1, 0.2, 0.4, 0.3]]
)


@pytest.fixture
def outputs() -> ClassifierOutputs:
    return ClassifierOutputs(IMAGES, FEATURES, PROBABILITIES)


def test_classes_are_counted(outputs: ClassifierOutputs) -> None:
    assert outputs.class_shares.tolist() == [0.5, 0.25, 0.25, 0]
    values = measure_images(outputs, outputs)
    assert values["confident_share"] == 0.75
    assert values["class_entropy"] == pytest.approx(1.5 * math.log(2))
    assert values["smallest_class_share"] == 0
    assert values["largest_class_share"] == 0.5


def test_set_is_at_no_distance_from_itself(outputs: ClassifierOutputs) -> None:
    values = measure_images(outputs, outputs)
    assert values["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert (values["precision"], values["recall"], values["coverage"]) == (1, 1, 1)
    np.testing.assert_allclose(outputs.moments.mean, FEATURES.mean(axis=0))


def test_scale_of_the_kernel_is_the_mean_squared_length_of_the_test_split(
    outputs: ClassifierOutputs,
) -> None:
    assert outputs.points.kernel_scale == pytest.approx((1 + 4 + 9 + 3) / 4)
    nothing = ClassifierOutputs(IMAGES, np.zeros_like(FEATURES), PROBABILITIES)
    assert nothing.points.kernel_scale == 1
