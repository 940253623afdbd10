# SPDX-License-Identifier: Apache-2.0
"""Train a network on the rows of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import tensorflow as tf

from components.contracts.network import InputSpec
from components.trainer.loop.batches import shuffled_batches, steps_per_epoch
from components.trainer.loop.best_weights import BestWeights
from components.trainer.loop.devices import find_devices
from components.trainer.loop.early_stopping import has_stalled
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import EpochRow, column, train_seconds
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.precision import (
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)
from components.trainer.provenance import Outcome
from components.trainer.table.answers import Answer, make_answer
from components.trainer.table.model import build_model
from components.trainer.table.monitor import TableMonitor, predict
from components.trainer.table.params import Params
from components.trainer.table.rows import TableData


@dataclass(frozen=True)
class Trained:
    """A trained network in float32, with the weights of its best epoch."""

    model: keras.Model
    """From a mapping of tensors (n, size) to outputs (n, units)."""

    answer: Answer
    """What the outputs mean."""

    specs: Mapping[str, InputSpec]
    """Inputs of the network."""

    history: list[EpochRow]
    """One row per epoch."""

    outcome: Outcome
    """Results of the training."""


def train(params: Params, data: TableData, workdir: Path, seed: int) -> Trained:
    """Train a network, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Parameters of network and training.
        data: Training and validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling and dropout.
    """
    keras.utils.set_random_seed(seed)
    devices = find_devices()
    policy = choose_precision(params.precision, devices.kind, read_cpu_flags())
    answer = make_answer(params, data)
    num_steps = steps_per_epoch(len(data.train), params.batch_size)
    settings = FitSettings(params.epochs, num_steps, workdir)
    with devices.strategy.scope(), dtype_policy(policy):
        model = build_model(params, data.specs, answer.output)
        model.compile(
            optimizer=make_optimizer(params.optimizer, settings.total_steps),
            loss=answer.loss(),
            metrics=answer.training_metrics(),
            # On a CPU, XLA takes more time to compile than such a training.
            jit_compile=False if devices.kind == "cpu" else "auto",
        )
    # Built again: layers keep the dtype policy that they were built with.
    with dtype_policy("float32"):
        float32_model = build_model(params, data.specs, answer.output)
    monitor = TableMonitor(float32_model, answer, data.validation, BestWeights(workdir))
    history = fit(
        model,
        partial(_batches, params, data, answer, seed),
        settings,
        monitor,
        partial(has_stalled, "val_loss", params.patience),
    )
    best = monitor.best_network()
    outputs = predict(best, data.validation)
    answer = answer.calibrated(outputs, data.validation)
    losses = column(history, "val_loss")
    outcome = Outcome(
        num_parameters=best.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=devices.description,
        precision=policy,
        validation=answer.measure(outputs, data.validation),
        details={"best_epoch": losses.index(min(losses)) + 1, **answer.details},
        remarks=answer.remarks,
    )
    return Trained(best, answer, data.specs, history, outcome)


def _batches(
    params: Params, data: TableData, answer: Answer, seed: int, first_epoch: int
) -> tf.data.Dataset:
    """Make an endless dataset of (inputs, targets), with class weights if wanted."""
    train = data.train
    inputs = {name: tf.constant(array) for name, array in train.inputs.items()}
    columns = [answer.targets(train)]
    if data.classes and params.class_weights == "balanced":
        columns.append(train.weights)
    others = [tf.constant(array) for array in columns]

    def make_batch(rows: tf.Tensor, step_seed: tf.Tensor) -> tuple[object, ...]:
        batch = {name: tf.gather(array, rows) for name, array in inputs.items()}
        return batch, *(tf.gather(array, rows) for array in others)

    return shuffled_batches(
        len(train), params.batch_size, seed, make_batch, first_epoch
    )
