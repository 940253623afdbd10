# SPDX-License-Identifier: Apache-2.0
"""How well an autoencoder gives back images that it was not trained on.

The noise is the same after every epoch, so the curve shows the model alone.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from components.images.noise import Noise, corrupt
from components.trainer.autoencoder.networks import parts
from components.trainer.classifier.validation import evaluation_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHITE: Final = 255.0
# Draws of their own, one per noise, apart from those of the training steps.
_DRAW: Final = -1
_LEAST: Final = 1e-10


class Restoring:
    """Judges one training after each of its epochs.

    Args:
        held_out: uint8 images that are not trained on.
        noises: What the model is to free images of; none for a copy.
        seed: Decides the noise.
    """

    def __init__(
        self, held_out: "NDArray[Any]", noises: Sequence[Noise], seed: int
    ) -> None:
        clean = held_out.astype("float32") / _WHITE
        self._clean = clean
        self._batch = evaluation_batch(clean.shape[1:])
        self._given = {
            noise: corrupt(clean, [noise], [seed, _DRAW - number]).numpy()
            for number, noise in enumerate(noises)
        }

    def __call__(self, model: Any) -> dict[str, float]:
        """Measure `val_mse`, or `val_psnr_<noise>_db`, and the activity of a code.

        Args:
            model: Keras model from pixels to pixels.
        """
        if self._given:
            return {
                f"val_psnr_{noise}_db": -10.0 * math.log10(self._error(model, given))
                for noise, given in self._given.items()
            }
        found = {"val_mse": self._error(model, self._clean)}
        if halves := parts(model):
            codes = halves[0].predict(self._clean, batch_size=self._batch, verbose=0)
            found["val_mean_activation"] = float(codes.mean())
        return found

    def _error(self, model: Any, given: "NDArray[Any]") -> float:
        import numpy as np

        restored = model.predict(given, batch_size=self._batch, verbose=0)
        error = np.square(restored.clip(0.0, 1.0) - self._clean).mean(dtype=np.float64)
        return max(float(error), _LEAST)
