# SPDX-License-Identifier: Apache-2.0
"""Validation of a restricted Boltzmann machine after each epoch.

Images, their binarisation and all random draws are the same after each epoch, so the
curves show changes of the model only.
"""

from pathlib import Path
from typing import Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.images.binarisation import Binarisation, binarise
from components.sampling.boltzmann import Boltzmann, draw_bernoulli
from components.sampling.partition import Annealing, annealed_log_partition
from components.trainer.generative.epoch_samples import SAMPLES_PER_EPOCH, EpochSamples
from components.trainer.images.arrays import ImageData
from components.trainer.images.serving import to_uint8
from components.trainer.rbm.model import RBM

# A curve needs no more; the evaluation takes thirty times as many temperatures.
_ANNEALING: Final = Annealing(temperatures=300, chains=50)
# Negative, as the draws of training steps are numbered from 0.
_BINARISATION_DRAW: Final = -1
_TRAINING_DRAW: Final = -2
_SAMPLES_DRAW: Final = -3
_SAMPLE_STEPS: Final = 200


class LikelihoodMonitor:
    """Callback of the training loop for one machine of images.

    Args:
        data: Training and validation split; as many training images are measured as
            there are for validation.
        rule: Rule of their binarisation.
        seed: Determines binarisation and all draws.
        workdir: Folder for the sample images, which outlive an interruption.
    """

    def __init__(
        self, data: ImageData, rule: Binarisation, seed: int, workdir: Path
    ) -> None:
        held_out = data.validation.images
        self._shape, self._seed = data.image_shape, seed
        self._held_out = _visible(held_out, rule, [seed, _BINARISATION_DRAW])
        known = data.train.images[: len(held_out)]
        self._known = _visible(known, rule, [seed, _TRAINING_DRAW])
        self._samples = EpochSamples(workdir)

    def __call__(self, model: RBM) -> dict[str, float]:
        """Save sample images and return the columns of `measure`.

        Args:
            model: The model at the end of an epoch.
        """
        parts = vars(model.machine).values()
        images = _draw_images(*parts, model.base, self._seed, self._shape)
        self._samples.save(int(model.optimizer.iterations), images.numpy())
        return self.measure(model)

    def measure(self, model: RBM) -> dict[str, float]:
        """Measure `val_negative_log_likelihood_nats` and how the model reconstructs."""
        machine = model.machine
        energy = float(tf.reduce_mean(machine.free_energy(self._held_out)))
        of_known = float(tf.reduce_mean(machine.free_energy(self._known)))
        found = annealed_log_partition(machine, model.base, _ANNEALING, self._seed)
        errors = tf.square(machine.reconstruct(self._held_out) - self._held_out)
        return {
            "val_negative_log_likelihood_nats": energy + found.value,
            "val_free_energy_gap": energy - of_known,
            "val_reconstruction_mse": float(tf.reduce_mean(errors)),
        }

    def samples(self) -> NDArray[np.uint8]:
        """Return the sample images, (epochs, n, height, width, channels)."""
        return self._samples.load()


def _visible(
    images: NDArray[np.uint8], rule: Binarisation, seed: list[int]
) -> tf.Tensor:
    return tf.reshape(binarise(images, rule, seed), [len(images), -1])


# Traced once: the machine is an input.
@tf.function
def _draw_images(
    weights: tf.Tensor,
    visible_bias: tf.Tensor,
    hidden_bias: tf.Tensor,
    base: tf.Tensor,
    seed: int,
    shape: tuple[int, ...],
) -> tf.Tensor:
    machine = Boltzmann(weights, visible_bias, hidden_bias)
    rates = tf.repeat(tf.sigmoid(base)[tf.newaxis], SAMPLES_PER_EPOCH, axis=0)
    start = draw_bernoulli(rates, [seed, _SAMPLES_DRAW])
    visible = machine.walk(start, _SAMPLE_STEPS, [seed, _SAMPLES_DRAW])
    return tf.reshape(to_uint8(machine.reconstruct(visible)), [-1, *shape])
