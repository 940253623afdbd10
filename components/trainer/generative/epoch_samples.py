# SPDX-License-Identifier: Apache-2.0
"""Sample images of the same latent vectors after each epoch, kept on disk.

The report shows them as one strip per epoch: components/trainer/generative/section.py.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.core.array_files import read_arrays, write_arrays

SAMPLES_PER_EPOCH: Final = 12
_FOLDER: Final = "samples"
_IMAGES: Final = "images"


class EpochSamples:
    """One file of images per epoch, so that an interrupted training keeps them.

    Args:
        workdir: Folder of the training.
    """

    def __init__(self, workdir: Path) -> None:
        self._folder = workdir / _FOLDER

    def save(self, step: int, images: NDArray[np.uint8]) -> None:
        """Save the images of an epoch.

        Args:
            step: Training steps at the end of the epoch.
            images: uint8 (n, height, width, channels), of the same n in each epoch.
        """
        write_arrays(self._folder / f"{step:08d}.npz", {_IMAGES: images})

    def load(self) -> NDArray[np.uint8]:
        """Load all images in order, uint8 (epochs, n, height, width, channels)."""
        remedy = f"Remove {self._folder.parent} and run again."
        files = sorted(self._folder.glob("*.npz"))
        return np.stack([read_arrays(file, remedy)[_IMAGES] for file in files])
