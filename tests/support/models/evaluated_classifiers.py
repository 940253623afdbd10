# SPDX-License-Identifier: Apache-2.0
"""A test split with classifiers that are evaluated on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

NUM_TEST: Final = 60


@dataclass(frozen=True)
class EvaluatedClassifiers:
    """A split and its classifiers; not to be changed."""

    images: np.ndarray
    """uint8 images of the test split."""

    labels: np.ndarray
    """Their digits."""

    examples: Path
    """Folder of the Examples artifact."""

    good: Path
    """Folder of a classifier that knows the digits."""

    shuffled: Path
    """Folder of one that was trained on shuffled labels."""
