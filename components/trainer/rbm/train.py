# SPDX-License-Identifier: Apache-2.0
"""Train a restricted Boltzmann machine of images: a density, without labels.

The weights fit a core's cache; more than one device would only slow it down.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from components.sampling.boltzmann import Boltzmann
from components.trainer.images.arrays import ImageData
from components.trainer.images.input_pipeline import steps_per_epoch
from components.trainer.loop.devices import DeviceKind, find_devices
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.provenance import Outcome
from components.trainer.rbm.batches import binarised_batches, mean_pixels
from components.trainer.rbm.model import RBM
from components.trainer.rbm.monitor import LikelihoodMonitor
from components.trainer.rbm.params import Params


@dataclass(frozen=True)
class Trained:
    """A trained machine, ready to export."""

    machine: Boltzmann
    """Weights and biases, as arrays."""

    base: NDArray[np.float32]
    """Logits of how often each pixel is white in the data."""

    history: list[EpochRow]
    """One row per epoch."""

    samples: NDArray[np.uint8]
    """Images drawn after each epoch, (epochs, n, height, width, channels)."""

    outcome: Outcome
    """Results of the training."""


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Train a machine, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Size and training.
        data: Training and validation split; labels are not used.
        workdir: Folder for checkpoints and samples.
        seed: Seeds weights, shuffling, binarisation and chains.
    """
    keras.utils.set_random_seed(seed)
    kind: DeviceKind = "gpu" if find_devices().kind == "gpu" else "cpu"
    num_steps = steps_per_epoch(data.train, params.batch_size)
    settings = FitSettings(params.epochs, num_steps, workdir)
    rule = params.binarisation
    mean = mean_pixels(data.train.images, rule)
    model = RBM(params, mean, len(data.train), params.units, params.batch_size, seed)
    model.compile(
        optimizer=make_optimizer(params.optimizer, settings.total_steps),
        jit_compile=False,
    )
    monitor = LikelihoodMonitor(data, rule, seed, workdir)
    batches = partial(binarised_batches, data.train, params.batch_size, rule, seed)
    history = fit(model, batches, settings, monitor)
    parts = [part.numpy() for part in vars(model.machine).values()]
    metrics = monitor.measure(model)
    outcome = Outcome(
        num_parameters=sum(part.size for part in parts),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=f"1 x {kind}",
        precision="float32",
        validation={name.removeprefix("val_"): v for name, v in metrics.items()},
    )
    return Trained(Boltzmann(*parts), model.base, history, monitor.samples(), outcome)
