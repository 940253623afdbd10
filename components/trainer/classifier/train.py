# SPDX-License-Identifier: Apache-2.0
"""Training of a classifier of images, whatever its network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.trainer.classifier.calibration import (
    Temperature,
    fit_temperature,
    weight_details,
    weight_offsets,
)
from components.trainer.classifier.loss import cross_entropy
from components.trainer.classifier.own_network import (
    add_to_logits,
    build_own_classifier,
)
from components.trainer.classifier.params import ClassifierParams
from components.trainer.classifier.scores import validation_metrics
from components.trainer.classifier.validation import predict_logits
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.images.input_pipeline import epochs, steps_per_epoch
from components.trainer.loop.best_weights import BestWeights
from components.trainer.loop.devices import DeviceKind, find_devices
from components.trainer.loop.early_stopping import should_stop
from components.trainer.loop.fit import FitSettings, Validate, fit
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.params import EarlyStopping
from components.trainer.loop.precision import (
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)
from components.trainer.provenance import Outcome


@dataclass(frozen=True)
class Trained:
    """A trained classifier in float32."""

    model: keras.Model
    """From uint8 images (n, height, width, channels) to logits (n, classes)."""

    temperature: float
    """Divisor of the logits: temperature scaling."""

    history: list[EpochRow]
    """One row per epoch."""

    outcome: Outcome
    """Results of the training."""

    logit_offsets: tuple[float, ...] = ()
    """To be added to the logits, one per class; empty if the logits are final."""

    control: "Trained | None" = None
    """The same network trained from scratch, with which the model is compared."""

    def compared_with(self, control: "Trained") -> "Trained":
        """Add a control, with its validation metrics among the details.

        Args:
            control: The same network trained from scratch on the same labels.
        """
        measured = control.outcome.validation.items()
        details = {f"control_{name}": value for name, value in measured}
        outcome = replace(self.outcome, details={**self.outcome.details, **details})
        return replace(self, control=control, outcome=outcome)

    def fold_offsets(self) -> "Trained":
        """Make the offsets a part of the model."""
        model = self.model
        if self.logit_offsets:
            model = add_to_logits(model, self.logit_offsets)
        return replace(self, model=model, logit_offsets=())


def train_classifier(
    build: Callable[[], keras.Model],
    params: ClassifierParams,
    data: ImageData,
    workdir: Path,
    seed: int,
) -> Trained:
    """Train a network, from its last checkpoint if there is one.

    Args:
        build: Builds the network of the family, from uint8 images to logits; not
            called if the parameters name one of the user's own.
        params: Parameters of the training.
        data: Training and validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """
    if params.network:
        build = partial(build_own_classifier, params, data)
    keras.utils.set_random_seed(seed)
    devices = find_devices()
    policy = choose_precision(params.precision, devices.kind, read_cpu_flags())
    num_steps = steps_per_epoch(data.train, params.batch_size)
    settings = FitSettings(params.epochs, num_steps, workdir)
    with devices.strategy.scope(), dtype_policy(policy):
        model = build()
        _compile(model, params, data.num_classes, settings.total_steps, devices.kind)
    stopping, best = params.early_stopping, BestWeights(workdir)
    validate: Validate = partial(_validate, data.validation)
    history = fit(
        model,
        partial(_batches, params, data.train, seed),
        settings,
        partial(_validate_and_keep, validate, stopping, best),
        partial(should_stop, stopping),
    )
    # Built again: layers keep the dtype policy that they were built with.
    with dtype_policy("float32"):
        float32_model = build()
    weights = best.load() if stopping.patience else model.get_weights()
    float32_model.set_weights(weights)
    offsets = _logit_offsets(params, data)
    logits = predict_logits(float32_model, data.validation) + offsets
    labels = data.validation.labels
    fitted = Temperature()
    if params.temperature == "fit":
        fitted = fit_temperature(logits, labels)
    outcome = Outcome(
        num_parameters=float32_model.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=devices.description,
        precision=policy,
        validation=validation_metrics(logits / fitted.value, labels),
        details={
            "temperature": fitted.value,
            **_best_epoch(stopping, history),
            **_class_weights(params, offsets),
        },
        remarks=fitted.remarks,
    )
    return Trained(
        float32_model, fitted.value, history, outcome, tuple(offsets.tolist())
    )


def _best_epoch(stopping: EarlyStopping, history: list[EpochRow]) -> dict[str, int]:
    if not stopping.patience:
        return {}
    scores = [stopping.score(row) for row in history]
    return {"best_epoch": scores.index(min(scores)) + 1}


def _logit_offsets(params: ClassifierParams, data: ImageData) -> NDArray[np.float64]:
    if params.class_weights == "none":
        return np.zeros(data.num_classes)
    train = data.train
    return weight_offsets(train.labels, train.label_weights, data.num_classes)


def _class_weights(
    params: ClassifierParams, offsets: NDArray[np.float64]
) -> dict[str, str]:
    return weight_details(offsets) if params.class_weights == "balanced" else {}


def _compile(
    model: keras.Model,
    params: ClassifierParams,
    num_classes: int,
    total_steps: int,
    kind: DeviceKind,
) -> None:
    model.compile(
        optimizer=make_optimizer(params.optimizer, total_steps),
        loss=cross_entropy(params.label_smoothing, num_classes),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        # On a CPU, XLA takes 1.5 times the CPU time.
        jit_compile=False if kind == "cpu" else "auto",
    )


def _batches(
    params: ClassifierParams, arrays: ImageArrays, seed: int, first_epoch: int
) -> tf.data.Dataset:
    return epochs(
        arrays,
        params.batch_size,
        seed,
        params.augmentation,
        first_epoch,
        weighted=params.class_weights == "balanced",
    )


def _validate_and_keep(
    validate: Validate, stopping: EarlyStopping, best: BestWeights, model: keras.Model
) -> dict[str, float]:
    """Validate, and keep the weights of the best epoch if they may be wanted."""
    metrics = validate(model)
    if stopping.patience:
        best.offer(stopping.score(metrics), model.get_weights())
    return metrics


def _validate(validation: ImageArrays, model: keras.Model) -> dict[str, float]:
    logits = predict_logits(model, validation)
    metrics = validation_metrics(logits, validation.labels)
    return {"val_loss": metrics["log_loss"], "val_accuracy": metrics["accuracy"]}
