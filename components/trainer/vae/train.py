# SPDX-License-Identifier: Apache-2.0
"""Train a variational autoencoder: a latent-variable model with a likelihood.

The book's (5-6) minimises squared errors and weighs the KL divergence an eighth; here
the loss is the negative ELBO, by default of a Bernoulli likelihood: see
components/trainer/vae/model.py. A Gaussian one with a weight of 8 is the book's loss.
Networks this small train on one device.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.images.binarisation import binarise
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.loop.devices import DeviceKind, find_devices
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.precision import (
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)
from components.trainer.provenance import Outcome
from components.trainer.vae.model import build_model
from components.trainer.vae.monitor import ElboMonitor
from components.trainer.vae.params import Params


@dataclass(frozen=True)
class Trained:
    """A trained model, in float32 and ready to export."""

    encoder: keras.Model
    """Network from pixels to means and log-variances."""

    decoder: keras.Model
    """Network from latent variables to logits of pixels."""

    history: list[EpochRow]
    """One row per epoch."""

    samples: NDArray[np.uint8]
    """Images of the same latent samples after each epoch, (epochs, n, height, width,
    channels)."""

    outcome: Outcome
    """Results of the training."""


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Train a VAE, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Architecture and training.
        data: Training and validation split; labels are not used.
        workdir: Folder for checkpoints and samples.
        seed: Seed of weights, shuffling, binarisation and latent samples.
    """
    keras.utils.set_random_seed(seed)
    kind: DeviceKind = "gpu" if find_devices().kind == "gpu" else "cpu"
    policy = choose_precision(params.precision, kind, read_cpu_flags())
    num_steps = steps_per_epoch(data.train, params.batch_size)
    settings = FitSettings(params.epochs, num_steps, workdir)
    with dtype_policy(policy):
        model = build_model(params, data.image_shape, seed, num_steps)
        model.compile(
            optimizer=make_optimizer(params.optimizer, settings.total_steps),
            # XLA takes more CPU time than it saves for networks this small.
            jit_compile="auto" if kind == "gpu" else False,
        )
    monitor = ElboMonitor(data.validation.images, params.binarisation, seed, workdir)
    history = fit(model, partial(_batches, params, data.train, seed), settings, monitor)
    # Built again: layers keep the dtype policy of their creation.
    with dtype_policy("float32"):
        float32_model = build_model(params, data.image_shape, seed, num_steps)
    float32_model.set_weights(model.get_weights())
    encoder, decoder = float32_model.encoder, float32_model.decoder
    metrics = monitor.measure(float32_model)
    outcome = Outcome(
        num_parameters=encoder.count_params() + decoder.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=f"1 x {kind}",
        precision=policy,
        validation={name.removeprefix("val_"): v for name, v in metrics.items()},
    )
    return Trained(encoder, decoder, history, monitor.samples(), outcome)


def _batches(
    params: Params, arrays: ImageArrays, seed: int, first_epoch: int
) -> tf.data.Dataset:
    """Make an endless dataset of binarised pixels."""
    size = params.batch_size
    batches = epochs(arrays, size, seed, params.augmentation, first_epoch)
    first_step = first_epoch * steps_per_epoch(arrays, size)

    def binarise_batch(step: tf.Tensor, batch: tuple[tf.Tensor, ...]) -> tf.Tensor:
        step_seed = tf.random.fold_in([seed, 1], step)
        return binarise(batch[0], params.binarisation, step_seed)

    numbered = tf.data.Dataset.zip((tf.data.Dataset.counter(first_step), batches))
    return numbered.map(binarise_batch, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
