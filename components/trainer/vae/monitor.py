# SPDX-License-Identifier: Apache-2.0
"""Validation of a variational autoencoder after each epoch: ELBO and sample images.

Images, their binarisation and all random draws are the same after each epoch, so the
curve shows changes of the model only. The images are held out of the training set.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.images.binarisation import Binarisation, binarise
from components.trainer.generative.epoch_samples import SAMPLES_PER_EPOCH, EpochSamples
from components.trainer.generative.latent import Latent
from components.trainer.images.input_pipeline import evaluation_batch
from components.trainer.images.serving import to_uint8
from components.trainer.vae.model import VAE

# Negative, as the draws of training steps are numbered from 0.
_BINARISATION_DRAW: Final = -1
_POSTERIOR_DRAW: Final = -2
_SAMPLES_DRAW: Final = -3


class ElboMonitor:
    """Callback of the training loop for one variational autoencoder.

    Args:
        held_out: uint8 images (n, height, width, channels) not trained on.
        rule: Rule of their binarisation.
        seed: Determines binarisation and latent samples.
        workdir: Folder for the sample images, which outlive an interruption.
    """

    def __init__(
        self,
        held_out: NDArray[np.uint8],
        rule: Binarisation,
        seed: int,
        workdir: Path,
    ) -> None:
        self._pixels = binarise(held_out, rule, [seed, _BINARISATION_DRAW]).numpy()
        self._seed, self._samples = seed, EpochSamples(workdir)
        self._functions: dict[int, Callable[..., list[tf.Tensor]]] = {}

    def __call__(self, model: VAE) -> dict[str, float]:
        """Save sample images and return the columns of `measure`.

        Args:
            model: The model at the end of an epoch.
        """
        self._samples.save(int(model.optimizer.iterations), self._generate(model))
        return self.measure(model)

    def measure(self, model: VAE) -> dict[str, float]:
        """Measure `val_negative_elbo_nats` and its two terms, means per image."""
        sum_terms = self._compiled(model)
        totals = [0.0, 0.0]
        size = evaluation_batch(self._pixels.shape[1:])
        for start in range(0, len(self._pixels), size):
            batch = self._pixels[start : start + size]
            for term, value in enumerate(sum_terms(batch, tf.constant(start))):
                totals[term] += float(value)
        reconstruction, kl_divergence = (total / len(self._pixels) for total in totals)
        return {
            "val_negative_elbo_nats": reconstruction + kl_divergence,
            "val_reconstruction_nats": reconstruction,
            "val_kl_divergence_nats": kl_divergence,
        }

    def samples(self) -> NDArray[np.uint8]:
        """Return the sample images, (epochs, n, height, width, channels)."""
        return self._samples.load()

    def _compiled(self, model: VAE) -> Callable[..., list[tf.Tensor]]:
        @tf.function(reduce_retracing=True)
        def sum_terms(pixels: tf.Tensor, start: tf.Tensor) -> list[tf.Tensor]:
            seed = tf.stack([self._seed + start, _POSTERIOR_DRAW])
            terms = model.negative_elbo_terms(pixels, seed, training=False)
            return [tf.reduce_sum(term) for term in terms]

        # Once per model: tracing takes longer than measuring.
        return self._functions.setdefault(id(model), sum_terms)

    def _generate(self, model: VAE) -> NDArray[np.uint8]:
        latent = Latent(model.decoder.input_shape[-1])
        codes = latent.draw(SAMPLES_PER_EPOCH, [self._seed, _SAMPLES_DRAW])
        logits = model.decoder(codes, training=False)
        images: NDArray[np.uint8] = to_uint8(tf.sigmoid(logits)).numpy()
        return images
