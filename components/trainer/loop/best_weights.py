# SPDX-License-Identifier: Apache-2.0
"""The weights of the best epoch, on disk so that a killed training has them too."""

import os
from pathlib import Path
from typing import Any

BEST_FILE = "best.npz"
_SCORE = "score"


class BestWeights:
    """Remembers the weights that had the lowest score so far.

    An epoch that is repeated after a kill offers what it offered before, and changes
    nothing.

    Args:
        folder: Where to keep them: the training's checkpoint folder.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / BEST_FILE

    @property
    def score(self) -> float:
        """The lowest score so far; infinite before the first."""
        import numpy as np

        if not self._file.exists():
            return float("inf")
        with np.load(self._file) as kept:
            return float(kept[_SCORE])

    def offer(self, score: float, weights: list[Any]) -> None:
        """Keep weights if their score is lower than any before."""
        import numpy as np

        if not score < self.score:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".part")
        arrays: dict[str, Any] = {_SCORE: np.array(score)}
        arrays |= {f"w{index}": array for index, array in enumerate(weights)}
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(unfinished, self._file)

    def load(self) -> list[Any]:
        """The weights of the lowest score, in the order they were given.

        Raises:
            ValueError: If no weights were kept: no score was a number.
        """
        import numpy as np

        if not self._file.exists():
            raise ValueError(
                "no epoch had a validation score below infinity: the training went "
                "astray.\nLower its learning rate."
            )
        with np.load(self._file) as kept:
            return [kept[f"w{i}"] for i in range(len(kept.files) - 1)]
