# SPDX-License-Identifier: Apache-2.0
"""Weights of the best epoch, on disk so that a killed training keeps them.

Like Keras' `ModelCheckpoint(save_best_only=True)`, but the lowest score is kept beside
the weights and so survives a kill, which that callback forgets.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.core.array_files import read_arrays, write_arrays

BEST_FILE: Final = "best.npz"
_SCORE: Final = "score"


class BestWeights:
    """Weights of the epoch with the lowest score so far.

    An epoch that is repeated after a kill offers the same score again, which changes
    nothing.

    Args:
        folder: Checkpoint folder of the training.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / BEST_FILE

    @property
    def score(self) -> float:
        """The lowest score so far; infinite before the first."""
        if not self._file.exists():
            return float("inf")
        with np.load(self._file) as best:
            return float(best[_SCORE])

    def offer(self, score: float, weights: list[NDArray[Any]]) -> None:
        """Keep weights if their score is lower than any before."""
        if not score < self.score:
            return
        arrays = {f"w{index}": array for index, array in enumerate(weights)}
        write_arrays(self._file, {_SCORE: np.array(score), **arrays})

    def load(self) -> list[NDArray[Any]]:
        """Return the weights with the lowest score, in the order they were given.

        Raises:
            ValueError: If there are none because no score was a finite number.
        """
        if not self._file.exists():
            raise ValueError(
                "no epoch had a finite validation score: the training diverged.\n"
                "Lower its learning rate."
            )
        best = read_arrays(self._file, f"Remove {self._file.parent} and run again.")
        return [best[f"w{i}"] for i in range(len(best) - 1)]
