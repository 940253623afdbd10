# SPDX-License-Identifier: Apache-2.0
"""Metrics of a set of images in the feature space of a published classifier."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import FEATURES, PREDICT_IMAGES, PROBABILITIES
from components.evaluator.generation.manifold import PointSet, compare
from components.evaluator.generation.metric_names import CONFIDENT
from components.images.frechet import (
    Moments,
    frechet_distance,
    measure_moments,
    read_features,
)
from components.serving.saved_model import SavedModel


@dataclass(frozen=True)
class ClassifierOutputs:
    """A set of images with the outputs of a classifier for them."""

    images: NDArray[np.uint8]
    """uint8 (n, height, width, channels)."""

    features: NDArray[np.float32]
    """float32 (n, features)."""

    probabilities: NDArray[np.float32]
    """float32 (n, classes)."""

    @cached_property
    def moments(self) -> Moments:
        """Mean and covariance of the features."""
        return measure_moments(self.features)

    @cached_property
    def points(self) -> PointSet:
        """The features as points; the kernel's scale is their mean squared length."""
        scale = float(np.square(self.features).sum(axis=1).mean())
        return PointSet(self.features, scale or 1.0)

    @cached_property
    def class_shares(self) -> NDArray[np.float64]:
        """Share of each class among the most probable ones: float64 (classes,)."""
        num_classes = self.probabilities.shape[1]
        predicted = self.probabilities.argmax(axis=1)
        counts = np.bincount(predicted, minlength=num_classes)
        shares: NDArray[Any] = counts / len(predicted)
        return shares


def classify_images(
    classifier: SavedModel, images: NDArray[np.uint8]
) -> ClassifierOutputs:
    """Compute features and class probabilities of images.

    Args:
        classifier: It must have the signatures `features` and `predict_images`.
        images: uint8 (n, height, width, channels).

    Raises:
        ProdlError: If the classifier lacks one of the signatures.
    """
    return ClassifierOutputs(
        images,
        read_features(classifier.signature(FEATURES), images),
        classifier.predict_batches(PREDICT_IMAGES, PROBABILITIES, images=images),
    )


def measure_images(
    outputs: ClassifierOutputs, test: ClassifierOutputs
) -> dict[str, float]:
    """Measure a set of images against the test split.

    Args:
        outputs: The images to measure.
        test: The test split.

    Returns:
        The metrics of `metric_names.SET_UNITS` but `frechet_share`, which needs a third
        set.
    """
    # One kernel scale for all sets, or their distances could not be compared.
    points = PointSet(outputs.features, test.points.kernel_scale)
    comparison = compare(points, test.points)
    return {
        "frechet_distance": frechet_distance(outputs.moments, test.moments),
        **vars(comparison),
        **_class_metrics(outputs),
    }


def _class_metrics(outputs: ClassifierOutputs) -> dict[str, float]:
    shares = outputs.class_shares
    present = shares[shares > 0]
    is_confident = outputs.probabilities.max(axis=1) >= CONFIDENT
    return {
        "confident_share": float(is_confident.mean()),
        "class_entropy": float(-(present * np.log(present)).sum()),
        "smallest_class_share": float(shares.min()),
        "largest_class_share": float(shares.max()),
    }
