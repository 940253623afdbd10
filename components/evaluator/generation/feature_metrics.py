# SPDX-License-Identifier: Apache-2.0
"""Sets of images as a published classifier reads them, measured against one another."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import FEATURES, PREDICT_IMAGES, PROBABILITIES
from components.evaluator.generation.manifold import PointSet, compare
from components.images.frechet import (
    Moments,
    frechet_distance,
    measure_moments,
    read_features,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.serving.saved_model import ServedModel

CONFIDENT: Final = 0.9
# Name without its prefix -> unit.
UNITS: Final = {
    "frechet_distance": "squared units of the feature space",
    "frechet_share": "share of the Frechet distance of uniform noise",
    "kernel_distance": "squared MMD, cubic kernel, scale in the protocol",
    "precision": "share of these images inside the manifold of the test split",
    "recall": "share of the test split inside the manifold of these images",
    "density": "balls of the test split around one of these images, per neighbour",
    "coverage": "share of the test split's balls that hold one of these images",
    "confident_share": "share of these images read with 90 % confidence or more",
    "class_entropy": "nats of the shares of the classes, as the classifier reads them",
    "smallest_class_share": "share of these images, the rarest class",
    "largest_class_share": "share of these images, the most frequent class",
}


@dataclass(frozen=True)
class Reading:
    """What a classifier sees in a set of images.

    Attributes:
        images: uint8 (n, height, width, channels).
        features: float32 (n, features).
        probabilities: float32 (n, classes).
    """

    images: "NDArray[Any]"
    features: "NDArray[Any]"
    probabilities: "NDArray[Any]"

    @cached_property
    def moments(self) -> Moments:
        """Mean and covariance of the features."""
        return measure_moments(self.features)

    @cached_property
    def points(self) -> PointSet:
        """The features as points; the kernel's scale is their mean squared length."""
        import numpy as np

        scale = float(np.square(self.features).sum(axis=1).mean())
        return PointSet(self.features, scale or 1.0)

    @cached_property
    def class_shares(self) -> "NDArray[Any]":
        """Share of each class among the most probable ones."""
        import numpy as np

        num_classes = self.probabilities.shape[1]
        guesses = self.probabilities.argmax(axis=1)
        counts = np.bincount(guesses, minlength=num_classes)
        shares: NDArray[Any] = counts / len(guesses)
        return shares


def read_images(classifier: "ServedModel", images: "NDArray[Any]") -> Reading:
    """Let a published classifier read images.

    Args:
        classifier: It must have the signatures `features` and `predict_images`.
        images: uint8 (n, height, width, channels).

    Raises:
        ProdlError: If it has not.
    """
    return Reading(
        images,
        read_features(classifier.signature(FEATURES), images),
        classifier.answers(PREDICT_IMAGES, PROBABILITIES, images=images),
    )


def measure(reading: Reading, real: Reading) -> dict[str, float]:
    """Measure a set of images against real ones; names as in `UNITS`.

    All but `frechet_share`, which needs a third set.

    Args:
        reading: The images to judge.
        real: What they should be like.
    """
    # One kernel for all sets, or their distances could not be compared.
    points = PointSet(reading.features, real.points.kernel_scale)
    closeness = compare(points, real.points)
    return {
        "frechet_distance": frechet_distance(reading.moments, real.moments),
        **vars(closeness),
        **_classes(reading),
    }


def _classes(reading: Reading) -> dict[str, float]:
    import numpy as np

    shares = reading.class_shares
    present = shares[shares > 0]
    return {
        "confident_share": float(
            (reading.probabilities.max(axis=1) >= CONFIDENT).mean()
        ),
        "class_entropy": float(-(present * np.log(present)).sum()),
        "smallest_class_share": float(shares.min()),
        "largest_class_share": float(shares.max()),
    }
