# SPDX-License-Identifier: Apache-2.0
"""Rival densities on the very split: fitted to its training images, read on its own."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.energy.metric_names import MIXTURE_PARTS
from components.evaluator.energy.mixtures import fit_mixture
from components.evaluator.examples import ExampleSplit
from components.evaluator.images import read_split
from components.images.binarisation import Binarisation, binarise

# Seeds the binarisation of the training images, and the first parts of the mixtures.
RIVAL_SEED: Final = 0


@dataclass(frozen=True)
class Rivals:
    """Negative log-likelihoods of images under rival densities, in nats."""

    independent: NDArray[np.float64]
    """Each pixel by its base rate, (n,)."""

    mixtures: dict[int, NDArray[np.float64]]
    """Parts of a mixture -> nats of each image, (n,)."""

    @property
    def largest(self) -> NDArray[np.float64]:
        """Nats under the mixture of the most parts, (n,)."""
        return self.mixtures[max(self.mixtures)]


# One split at a time, which candidate and published model share.
@lru_cache(maxsize=1)
def fit_rivals(examples: ExampleSplit, rule: Binarisation, seed: int) -> Rivals:
    """Fit the rivals to the training images, and ask them for those of the split.

    Args:
        examples: The split; the training split is read from beside it.
        rule: Binarisation of all images.
        seed: Seed of the binarisation of the images of the split, as for the model.
    """
    train = _visible(read_split(examples.sibling("train")), rule, RIVAL_SEED)
    visible = _visible(read_split(examples), rule, seed)
    nats = {
        parts: -fit_mixture(train, parts, RIVAL_SEED).log_likelihood(visible)
        for parts in (1, *MIXTURE_PARTS)
    }
    return Rivals(nats.pop(1), nats)


def _visible(
    images: NDArray[np.uint8], rule: Binarisation, seed: int
) -> NDArray[np.float32]:
    rows: NDArray[np.float32] = binarise(images, rule, [seed, 0]).numpy()
    return rows.reshape(len(images), -1)
