# SPDX-License-Identifier: Apache-2.0
"""What samples are measured against: the test split, with a floor and a ceiling."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import UsageError
from components.evaluator.generation.feature_metrics import (
    Reading,
    measure,
    read_images,
)
from components.evaluator.generation.memorization import Neighbours, find_neighbours
from components.evaluator.images import read_split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

FLOOR: Final = "floor_"
CEILING: Final = "ceiling_"
# Which training images are drawn for the floor, and which noise.
BOUNDS_SEED: Final = 0
# Samples and test images whose nearest training image is looked for.
NEIGHBOURS_SOUGHT: Final = 2000


@dataclass(frozen=True)
class Surroundings:
    """What samples are measured against; the same for candidate and baseline.

    Attributes:
        real: The test split, as the classifier reads it.
        floor: As many training images.
        ceiling: As many images of uniform noise.
        train: All training images.
        fresh: Nearest training images of test images.
        bounds: Figures of floor and ceiling, by prefixed name.
    """

    real: Reading
    floor: Reading
    ceiling: Reading
    train: "NDArray[Any]"
    fresh: Neighbours
    bounds: dict[str, float]


# One split at a time: its images would stay in memory.
@lru_cache(maxsize=1)
def survey(examples: "ExampleSplit") -> Surroundings:
    """Read what samples are measured against, and measure floor and ceiling."""
    import numpy as np

    classifier = needed_classifier(examples)
    real = read_images(classifier, read_split(examples))
    train = read_split(examples.sibling("train"))
    random = np.random.default_rng(BOUNDS_SEED)
    chosen = random.permutation(len(train))[: len(real.images)]
    noise = random.integers(0, 256, real.images.shape, np.uint8)
    floor = read_images(classifier, train[np.sort(chosen)])
    ceiling = read_images(classifier, noise)
    bounds: dict[str, float] = {}
    for prefix, reading in ((CEILING, ceiling), (FLOOR, floor)):
        figures = measure(reading, real)
        scale = bounds.get(f"{CEILING}frechet_distance", figures["frechet_distance"])
        add_share(figures, scale)
        bounds |= {prefix + name: value for name, value in figures.items()}
    # Not the first ones: files may begin with what is easy.
    tried = random.permutation(len(real.images))[:NEIGHBOURS_SOUGHT]
    fresh = find_neighbours(real.images[tried], train)
    return Surroundings(real, floor, ceiling, train, fresh, bounds)


def needed_classifier(examples: "ExampleSplit") -> "ServedModel":
    """The published classifier that the recipe names as `needs`.

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


def add_share(figures: dict[str, float], ceiling: float) -> None:
    """Add the Frechet distance as share of that of the ceiling."""
    figures["frechet_share"] = figures["frechet_distance"] / ceiling
