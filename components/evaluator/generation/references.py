# SPDX-License-Identifier: Apache-2.0
"""Reference sets of a generator: test split, training images and uniform noise."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.core.errors import UsageError
from components.evaluator.examples import ExampleSplit
from components.evaluator.generation.feature_metrics import (
    ClassifierOutputs,
    classify_images,
    measure_images,
)
from components.evaluator.generation.memorization import NearestImages, find_nearest
from components.evaluator.generation.metric_names import NOISE, REAL
from components.evaluator.images import read_split
from components.serving.saved_model import SavedModel

# Seeds the choice of training and test images, and the noise.
REFERENCE_SEED: Final = 0
# Samples and test images whose nearest training image is searched.
MOST_SEARCHED: Final = 2000


@dataclass(frozen=True)
class ReferenceSets:
    """The sets that samples are measured against; the same for every model."""

    test: ClassifierOutputs
    """The test split."""

    real: ClassifierOutputs
    """As many training images."""

    train: NDArray[np.uint8]
    """All training images: uint8 (n, height, width, channels)."""

    test_nearest: NearestImages
    """Nearest training images of some test images."""

    values: dict[str, float]
    """Metrics of training images and of noise, by prefixed name."""


# One split at a time: its images would stay in memory.
@lru_cache(maxsize=1)
def load_references(examples: ExampleSplit) -> ReferenceSets:
    """Read the reference sets and measure training images and noise.

    Raises:
        UsageError: If the recipe names no classifier.
    """
    classifier = needed_classifier(examples)
    test = classify_images(classifier, read_split(examples))
    train = read_split(examples.sibling("train"))
    random = np.random.default_rng(REFERENCE_SEED)
    chosen = random.permutation(len(train))[: len(test.images)]
    noise = random.integers(0, 256, test.images.shape, np.uint8)
    real = classify_images(classifier, train[np.sort(chosen)])
    values = _measure_ends(real, classify_images(classifier, noise), test)
    # Not the first ones: files may begin with what is easy.
    searched = random.permutation(len(test.images))[:MOST_SEARCHED]
    test_nearest = find_nearest(test.images[searched], train)
    return ReferenceSets(test, real, train, test_nearest, values)


def _measure_ends(
    real: ClassifierOutputs, noise: ClassifierOutputs, test: ClassifierOutputs
) -> dict[str, float]:
    values: dict[str, float] = {}
    of_noise = measure_images(noise, test)
    for prefix, found in ((NOISE, of_noise), (REAL, measure_images(real, test))):
        add_frechet_share(found, of_noise["frechet_distance"])
        values |= {prefix + name: value for name, value in found.items()}
    return values


def needed_classifier(examples: ExampleSplit) -> SavedModel:
    """Return the published classifier that the recipe names as `needs`.

    Raises:
        UsageError: If it names none.
    """
    if examples.needs is None:
        raise UsageError(
            "a generator is measured in the features of a published classifier, and "
            "this recipe names none.\nWrite into params.yaml, as in mnist-gan:\n"
            "    needs: mnist-cnn"
        )
    return examples.needs


def add_frechet_share(values: dict[str, float], of_noise: float) -> None:
    """Add the Frechet distance as a share of that of noise."""
    values["frechet_share"] = values["frechet_distance"] / of_noise
