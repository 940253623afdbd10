# SPDX-License-Identifier: Apache-2.0
"""Train an autoencoder: sparse or denoising.

The target is always the clean image. The input function draws noise from seed and step
alone, anew in each epoch.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import keras
import tensorflow as tf

from components.images.noise import corrupt
from components.trainer.autoencoder.monitor import ReconstructionMonitor
from components.trainer.autoencoder.networks import build_model, untie
from components.trainer.autoencoder.params import Params
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.images.params import Augmentation
from components.trainer.loop.devices import find_devices
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.precision import (
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)
from components.trainer.provenance import Outcome

_WHITE: Final = 255.0


@dataclass(frozen=True)
class Trained:
    """A trained autoencoder, in float32 and ready to export."""

    model: keras.Model
    """Network from pixels to pixels, from 0 to 1."""

    history: list[EpochRow]
    """One row per epoch."""

    outcome: Outcome
    """Results of the training."""


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Train an autoencoder, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Architecture and training.
        data: Training and validation split; labels are not used.
        workdir: Folder for checkpoints.
        seed: Seed of weights, shuffling and noise.
    """
    keras.utils.set_random_seed(seed)
    devices = find_devices()
    policy = choose_precision(params.precision, devices.kind, read_cpu_flags())
    num_steps = steps_per_epoch(data.train, params.batch_size)
    settings = FitSettings(params.epochs, num_steps, workdir)
    with devices.strategy.scope(), dtype_policy(policy):
        model = build_model(params, data.image_shape)
        model.compile(
            optimizer=make_optimizer(params.optimizer, settings.total_steps),
            loss=_summed_squared_error,
            # On a CPU the step takes 1.5 times as long with XLA.
            jit_compile=False if devices.kind == "cpu" else "auto",
        )
    monitor = ReconstructionMonitor(data.validation.images, params.noise, seed)
    history = fit(model, partial(_batches, params, data.train, seed), settings, monitor)
    # Built again: layers keep the dtype policy of their creation.
    with dtype_policy("float32"):
        float32_model = build_model(params, data.image_shape)
    float32_model.set_weights(model.get_weights())
    num_parameters = float32_model.count_params()
    float32_model = untie(float32_model, params)
    metrics = monitor(float32_model)
    outcome = Outcome(
        num_parameters=num_parameters,
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=devices.description,
        precision=policy,
        validation={name.removeprefix("val_"): v for name, v in metrics.items()},
    )
    return Trained(float32_model, history, outcome)


def _summed_squared_error(clean: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    """Sum squared errors over each image: (n,), as the penalty is summed over units."""
    squares = keras.ops.square(keras.ops.cast(output, "float32") - clean)
    return keras.ops.sum(squares, axis=[1, 2, 3])


def _batches(
    params: Params, arrays: ImageArrays, seed: int, first_epoch: int
) -> tf.data.Dataset:
    """Make an endless dataset of (input pixels, clean pixels)."""
    batches = epochs(arrays, params.batch_size, seed, Augmentation(), first_epoch)
    first_step = first_epoch * steps_per_epoch(arrays, params.batch_size)

    def add_noise(
        step: tf.Tensor, batch: tuple[tf.Tensor, ...]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        clean = tf.cast(batch[0], tf.float32) / _WHITE
        if not params.noise:
            return clean, clean
        step_seed = tf.random.fold_in([seed, 1], step)
        return corrupt(clean, params.noise, step_seed), clean

    numbered = tf.data.Dataset.zip((tf.data.Dataset.counter(first_step), batches))
    return numbered.map(add_noise, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
