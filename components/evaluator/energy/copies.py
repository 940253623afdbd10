# SPDX-License-Identifier: Apache-2.0
"""Whether samples start from images of the split that they are measured on.

The share of memorised samples compares them with training images; a chain that starts
at a test image ends near that one, and would go unseen there.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.generation.memorization import (
    find_nearest,
    measure_memorization,
)

MOST_SEARCHED: Final = 2000


def copied_share(
    samples: NDArray[np.uint8],
    images: NDArray[np.uint8],
    train: NDArray[np.uint8],
    seed: int,
) -> float:
    """Compute the share of samples nearer to a test image than 99 % of training images.

    Args:
        samples: uint8 (n, height, width, channels).
        images: All images of the split.
        train: Training images.
        seed: Seeds the choice of training images.
    """
    order = np.random.default_rng(seed).permutation(len(train))[:MOST_SEARCHED]
    usual = find_nearest(train[order], images)
    return measure_memorization(
        find_nearest(samples[:MOST_SEARCHED], images), usual
    ).share
