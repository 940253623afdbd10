# SPDX-License-Identifier: Apache-2.0
"""Train a generative adversarial network.

The exported generator has the exponential moving average of the trained weights. The
networks are small enough for one device: the first GPU, or the CPU.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.trainer.gan.model import GAN, build_model
from components.trainer.gan.monitor import FrechetMonitor
from components.trainer.gan.networks import build_generator
from components.trainer.gan.params import Params
from components.trainer.generative.latent import Latent
from components.trainer.images.arrays import ImageData
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.images.params import Augmentation
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


@dataclass(frozen=True)
class Trained:
    """A trained generator, in float32 and ready to export."""

    generator: keras.Model
    """Network from latent vectors to images from -1 to 1."""

    latent: Latent
    """Distribution of its latent vectors."""

    history: list[EpochRow]
    """One row per epoch."""

    samples: NDArray[np.uint8]
    """Images of the same latent vectors after each epoch, (epochs, n, height, width,
    channels)."""

    outcome: Outcome
    """Results of the training."""


def train(
    params: Params, data: ImageData, workdir: Path, seed: int, classifier: Path
) -> Trained:
    """Train a GAN, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Architecture and training.
        data: Training and validation split; a GAN uses labels only if `conditional`.
        workdir: Folder for checkpoints and samples.
        seed: Seed of weights, shuffling, latent vectors and dropout.
        classifier: Folder of the published classifier whose features the Frechet
            distance to the validation split is measured in.
    """
    keras.utils.set_random_seed(seed)
    kind: DeviceKind = "gpu" if find_devices().kind == "gpu" else "cpu"
    policy = choose_precision(params.precision, kind, read_cpu_flags())
    settings = FitSettings(
        params.epochs, steps_per_epoch(data.train, params.batch_size), workdir
    )
    num_classes = data.num_classes if params.conditional else 0
    latent = Latent(params.latent_size, params.latent_prior, num_classes)
    with dtype_policy(policy):
        model = build_model(params, latent, data.image_shape, seed)
        _compile(model, params, settings.total_steps, on_gpu=kind == "gpu")
    monitor = FrechetMonitor(data.validation.images, classifier, latent, seed, workdir)
    history = fit(model, partial(_batches, params, data, seed), settings, monitor)
    generator = _float32_generator(model, params, latent, data.image_shape)
    outcome = Outcome(
        num_parameters=generator.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=f"1 x {kind}",
        precision=policy,
        validation={"frechet_distance": monitor.measure(generator)},
        details={
            "discriminator_parameters": model.discriminator.count_params(),
            "held_out_images": len(data.validation.images),
        },
    )
    return Trained(generator, latent, history, monitor.samples(), outcome)


def _compile(model: GAN, params: Params, total_steps: int, on_gpu: bool) -> None:
    model.compile(
        make_optimizer(params.generator, total_steps),
        make_optimizer(params.discriminator, total_steps),
        # On a CPU the step takes 1.5 times as long with XLA.
        jit_compile="auto" if on_gpu else False,
    )


def _float32_generator(
    model: GAN, params: Params, latent: Latent, image_shape: tuple[int, ...]
) -> keras.Model:
    """Build the averaged generator again: layers keep the policy of their creation."""
    with dtype_policy("float32"):
        generator = build_generator(
            params.architecture, params.filters, latent, image_shape
        )
    generator.set_weights(model.averaged_generator.get_weights())
    return generator


def _batches(
    params: Params, data: ImageData, seed: int, first_epoch: int
) -> tf.data.Dataset:
    return epochs(data.train, params.batch_size, seed, Augmentation(), first_epoch)
