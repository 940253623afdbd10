# SPDX-License-Identifier: Apache-2.0
"""Greedy pretraining (Hinton, Osindero and Teh 2006): one layer after the other.

Each layer is a restricted Boltzmann machine of the mean activations of the layer below,
which no longer changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.trainer.dbn.model import Layer, prepare_pixels
from components.trainer.dbn.params import Params
from components.trainer.images.arrays import ImageData
from components.trainer.loop.batches import shuffled_batches, steps_per_epoch
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import train_seconds
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.rbm.model import RBM

_ROWS_AT_ONCE: Final = 5000


@dataclass(frozen=True)
class Stack:
    """Pretrained layers."""

    layers: tuple[Layer, ...]
    """From below."""

    errors: tuple[float, ...]
    """Squared error of a reconstruction by each layer on validation images."""

    seconds: float
    """Time of the training."""


def pretrain(params: Params, data: ImageData, workdir: Path, seed: int) -> Stack:
    """Pretrain all layers, from the last checkpoints if there are some.

    Args:
        params: Sizes and pretraining.
        data: Training and validation split; labels are not used.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, order and draws.
    """
    known = _pixels(params, data.train.images)
    held_out = _pixels(params, data.validation.images)
    layers, errors, seconds = [], [], 0.0
    for number, units in enumerate(params.units):
        folder = workdir / f"layer_{number + 1}"
        machine, history = train_layer(
            params, known, held_out, units, folder, seed + number
        )
        errors.append(history[-1]["val_reconstruction_mse"])
        seconds += train_seconds(history)
        parts = machine.machine
        layers.append(Layer(parts.weights.numpy(), parts.hidden_bias.numpy()))
        known, held_out = (_activations(machine, part) for part in (known, held_out))
    return Stack(tuple(layers), tuple(errors), seconds)


def train_layer(
    params: Params,
    known: NDArray[np.float32],
    held_out: NDArray[np.float32],
    units: int,
    folder: Path,
    seed: int,
) -> tuple[RBM, list[dict[str, Any]]]:
    """Train one layer, from the last checkpoint if there is one.

    Args:
        params: Pretraining.
        known: What the layer sees, float32 (images, inputs) from 0 to 1.
        held_out: The same of validation images.
        units: Size of the layer.
        folder: Folder of the checkpoints.
        seed: Seeds weights, order and draws.

    Returns:
        The machine, and one row per epoch.
    """
    settings = params.pretraining
    size = settings.batch_size
    num_steps = steps_per_epoch(len(known), size)
    lengths = FitSettings(settings.epochs, num_steps, folder)
    mean = known.mean(axis=0, dtype=np.float64)
    model = RBM(settings, mean, len(known), units, size, seed)
    optimizer = make_optimizer(settings.optimizer, lengths.total_steps)
    model.compile(optimizer=optimizer, jit_compile=False)
    rows = tf.constant(known)

    def make_dataset(first_epoch: int) -> tf.data.Dataset:
        make_batch: Callable[..., Any] = lambda chosen, _: tf.gather(rows, chosen)  # noqa: E731
        return shuffled_batches(len(known), size, seed, make_batch, first_epoch)

    history = fit(model, make_dataset, lengths, partial(_reconstruct, held_out))
    return model, history


def _reconstruct(held_out: NDArray[np.float32], model: RBM) -> dict[str, float]:
    errors = tf.square(model.machine.reconstruct(held_out) - held_out)
    return {"val_reconstruction_mse": float(tf.reduce_mean(errors))}


def _pixels(params: Params, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    rows = [
        np.asarray(prepare_pixels(params, images[start : start + _ROWS_AT_ONCE]))
        for start in range(0, len(images), _ROWS_AT_ONCE)
    ]
    return np.concatenate(rows).reshape(len(images), -1)


def _activations(model: RBM, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate(
        [
            model(rows[start : start + _ROWS_AT_ONCE]).numpy()
            for start in range(0, len(rows), _ROWS_AT_ONCE)
        ]
    )
