# SPDX-License-Identifier: Apache-2.0
"""Validation of an autoencoder after each epoch: reconstruction error or PSNR.

Images are held out of the training set. The noise is the same after each epoch, so the
curve shows changes of the model only.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from components.images.noise import Noise, corrupt
from components.trainer.autoencoder.networks import encoder_and_decoder
from components.trainer.images.input_pipeline import evaluation_batch

_WHITE: Final = 255.0
# Negative, as the draws of training steps are numbered from 0; one per kind of noise.
_NOISE_DRAW: Final = -1
# Keeps the PSNR of a perfect reconstruction finite.
_MIN_MSE: Final = 1e-10


class ReconstructionMonitor:
    """Callback of the training loop for one autoencoder.

    Args:
        held_out: uint8 images (n, height, width, channels) not trained on.
        noises: Kinds of noise that the model removes; empty for reconstruction.
        seed: Determines the noise.
    """

    def __init__(
        self, held_out: NDArray[np.uint8], noises: Sequence[Noise], seed: int
    ) -> None:
        clean = held_out.astype("float32") / _WHITE
        self._clean = clean
        self._batch_size = evaluation_batch(clean.shape[1:])
        self._noisy = {
            noise: corrupt(clean, [noise], [seed, _NOISE_DRAW - number]).numpy()
            for number, noise in enumerate(noises)
        }

    def __call__(self, model: keras.Model) -> dict[str, float]:
        """Measure the columns of the history.

        Args:
            model: The autoencoder, from pixels to pixels.

        Returns:
            With noise `val_psnr_<noise>_db` for each kind; without, `val_mse` of pixels
            from 0 to 1 and, of a model with a code, `val_mean_activation`.
        """
        if self._noisy:
            return {
                f"val_psnr_{noise}_db": -10.0 * math.log10(self._mse(model, noisy))
                for noise, noisy in self._noisy.items()
            }
        metrics = {"val_mse": self._mse(model, self._clean)}
        if networks := encoder_and_decoder(model):
            encoder, _ = networks
            codes = encoder.predict(self._clean, batch_size=self._batch_size, verbose=0)
            metrics["val_mean_activation"] = float(codes.mean())
        return metrics

    def _mse(self, model: keras.Model, inputs: NDArray[Any]) -> float:
        outputs = model.predict(inputs, batch_size=self._batch_size, verbose=0)
        mse = np.square(outputs.clip(0.0, 1.0) - self._clean).mean(dtype=np.float64)
        return max(float(mse), _MIN_MSE)
