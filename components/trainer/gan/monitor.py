# SPDX-License-Identifier: Apache-2.0
"""Validation of a GAN after each epoch: Frechet distance and sample images.

The distance to held-out images of the training set is measured in the features of a
published classifier; the test split is not used.
"""

from pathlib import Path
from typing import Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.signatures import FEATURES
from components.images.frechet import (
    IMAGES_AT_ONCE,
    Moments,
    frechet_distance,
    measure_moments,
    read_features,
)
from components.trainer.gan.model import GAN, scale_to_uint8
from components.trainer.generative.epoch_samples import SAMPLES_PER_EPOCH, EpochSamples
from components.trainer.generative.latent import Latent

# Negative, as the draws of training steps are numbered from 0.
_SAMPLES_DRAW: Final = -1
_DISTANCE_DRAW: Final = -2


class FrechetMonitor:
    """Callback of the training loop for one GAN.

    Args:
        held_out: uint8 images (n, height, width, channels) not trained on.
        classifier: Folder of the published classifier.
        latent: Distribution of the latent vectors.
        seed: Determines the latent vectors.
        workdir: Folder for the sample images, which outlive an interruption.
    """

    def __init__(
        self,
        held_out: NDArray[np.uint8],
        classifier: Path,
        latent: Latent,
        seed: int,
        workdir: Path,
    ) -> None:
        # Referenced, as a signature does not keep the variables of its model alive.
        self._classifier = tf.saved_model.load(str(classifier))
        self._features = self._classifier.signatures[FEATURES]
        self._count, self._latent, self._seed = len(held_out), latent, seed
        self._reference = self._moments(held_out)
        self._samples = EpochSamples(workdir)

    def __call__(self, model: GAN) -> dict[str, float]:
        """Save sample images and return `val_frechet_distance`.

        Args:
            model: The GAN at the end of an epoch.
        """
        images = self._generate(model, SAMPLES_PER_EPOCH, _SAMPLES_DRAW)
        self._samples.save(int(model.optimizer.iterations), images)
        return {"val_frechet_distance": self.measure(model)}

    def measure(self, generator: keras.Model) -> float:
        """Measure the Frechet distance of as many images as are held out.

        Args:
            generator: Model from latent vectors to images from -1 to 1.
        """
        generated = self._generate(generator, self._count, _DISTANCE_DRAW)
        return frechet_distance(self._moments(generated), self._reference)

    def samples(self) -> NDArray[np.uint8]:
        """Return the sample images, (epochs, n, height, width, channels)."""
        return self._samples.load()

    def _moments(self, images: NDArray[np.uint8]) -> Moments:
        return measure_moments(read_features(self._features, images))

    def _generate(
        self, generator: keras.Model, count: int, draw: int
    ) -> NDArray[np.uint8]:
        vectors = self._latent.draw(count, [self._seed, draw])
        images = generator.predict(vectors, batch_size=IMAGES_AT_ONCE, verbose=0)
        return np.asarray(scale_to_uint8(images))
