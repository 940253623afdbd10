# SPDX-License-Identifier: Apache-2.0
"""What a network of a table predicts: its loss, its metrics and what it serves.

A number is learnt on the scale on which the training split has mean 0 and deviation 1;
everywhere else it has the scale of the data.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.network import OutputSpec
from components.contracts.signatures import PROBABILITIES, VALUE
from components.core.errors import UsageError
from components.trainer.classifier.calibration import (
    fit_temperature,
    weight_details,
    weight_offsets,
)
from components.trainer.classifier.loss import Loss, cross_entropy
from components.trainer.classifier.scores import validation_metrics
from components.trainer.table.params import Params
from components.trainer.table.rows import Rows, TableData


class Answer(Protocol):
    """A class or a number."""

    @property
    def output(self) -> OutputSpec:
        """The output that the network must have."""

    @property
    def details(self) -> dict[str, Any]:
        """Values of it by name, for page and provenance."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of its figures must know."""

    def loss(self) -> Loss:
        """Loss of the training."""

    def training_metrics(self) -> list[keras.metrics.Metric]:
        """Metrics of the training, beside the loss."""

    def targets(self, rows: Rows) -> NDArray[Any]:
        """What the loss compares the outputs with, (n,)."""

    def monitor(self, outputs: NDArray[Any], rows: Rows) -> dict[str, float]:
        """Columns of the history: `val_loss`, by which epochs compare, and another."""

    def calibrated(self, outputs: NDArray[Any], validation: Rows) -> Self:
        """The same, with what is fitted to the validation split."""

    def measure(self, outputs: NDArray[Any], rows: Rows) -> dict[str, float]:
        """Metrics of what is served."""

    def serve(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """Outputs of the signatures."""

    def served_layers(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        """The same as layers of Keras."""


@dataclass(frozen=True)
class ClassAnswer:
    """A class: the network gives logits, the model probabilities."""

    params: Params
    """Parameters of the training."""

    classes: tuple[str, ...]
    """Class names in index order."""

    offsets: tuple[float, ...]
    """Added to the logits, one per class: they undo class weights."""

    temperature: float = 1.0
    """Divisor of the logits."""

    remarks: tuple[str, ...] = ()
    """What to know of the temperature."""

    @property
    def output(self) -> OutputSpec:
        """One logit per class."""
        return OutputSpec(len(self.classes), "logits", self.classes)

    @property
    def details(self) -> dict[str, Any]:
        """Temperature and class weights."""
        weights = {}
        if self.params.class_weights == "balanced":
            weights = weight_details(np.array(self.offsets))
        return {"temperature": self.temperature, **weights}

    def loss(self) -> Loss:
        """Cross-entropy."""
        return cross_entropy(self.params.label_smoothing, len(self.classes))

    def training_metrics(self) -> list[keras.metrics.Metric]:
        """Accuracy."""
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def targets(self, rows: Rows) -> NDArray[Any]:
        """Indices of the classes."""
        return rows.answers

    def monitor(self, outputs: NDArray[Any], rows: Rows) -> dict[str, float]:
        """Log-loss and accuracy."""
        metrics = self.measure(outputs, rows)
        return {"val_loss": metrics["log_loss"], "val_accuracy": metrics["accuracy"]}

    def calibrated(self, outputs: NDArray[Any], validation: Rows) -> Self:
        """The same with its temperature."""
        if self.params.temperature == "none":
            return self
        fitted = fit_temperature(outputs + np.array(self.offsets), validation.answers)
        return replace(self, temperature=fitted.value, remarks=fitted.remarks)

    def measure(self, outputs: NDArray[Any], rows: Rows) -> dict[str, float]:
        """Log-loss in nats, and accuracy."""
        logits = (outputs + np.array(self.offsets)) / self.temperature
        return validation_metrics(logits, rows.answers)

    def serve(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """Probabilities, float32 (n, classes)."""
        logits = (outputs + tf.constant(self.offsets)) / self.temperature
        return {PROBABILITIES: tf.nn.softmax(logits)}

    def served_layers(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        """Offsets, temperature and softmax."""
        # Keras' layer of constants subtracts a mean and divides by a deviation.
        calibrate = keras.layers.Normalization(
            mean=[-offset for offset in self.offsets],
            variance=[self.temperature**2] * len(self.classes),
            name="calibration",
        )
        return keras.layers.Softmax(name=PROBABILITIES)(calibrate(outputs))


@dataclass(frozen=True)
class NumberAnswer:
    """A number: the network gives it standardised, the model on the scale of the data.

    Args:
        mean: Mean of the training split.
        deviation: Its standard deviation; 1 if all numbers are equal.
    """

    mean: float
    deviation: float
    remarks: tuple[str, ...] = ()

    @property
    def output(self) -> OutputSpec:
        """One number."""
        return OutputSpec(1, "number")

    @property
    def details(self) -> dict[str, Any]:
        """Scale of the target."""
        return {"target_mean": self.mean, "target_deviation": self.deviation}

    def loss(self) -> Loss:
        """Squared error."""
        loss: Loss = keras.losses.MeanSquaredError()
        return loss

    def training_metrics(self) -> list[keras.metrics.Metric]:
        """None."""
        return []

    def targets(self, rows: Rows) -> NDArray[Any]:
        """Standardised numbers."""
        scaled = (rows.answers.astype(np.float64) - self.mean) / self.deviation
        return scaled.astype(np.float32)

    def monitor(self, outputs: NDArray[Any], rows: Rows) -> dict[str, float]:
        """Squared error of the scaled number, absolute error of the number."""
        errors = outputs[:, 0].astype(np.float64) - self.targets(rows)
        return {
            "val_loss": float(np.mean(errors**2)),
            "val_mae": float(np.mean(np.abs(errors)) * self.deviation),
        }

    def calibrated(self, outputs: NDArray[Any], validation: Rows) -> Self:
        """The same: nothing is fitted."""
        return self

    def measure(self, outputs: NDArray[Any], rows: Rows) -> dict[str, float]:
        """Root of the mean squared error, mean absolute error, explained variance."""
        numbers = rows.answers.astype(np.float64)
        errors = outputs[:, 0].astype(np.float64) * self.deviation + self.mean - numbers
        metrics = {
            "rmse": float(np.sqrt(np.mean(errors**2))),
            "mae": float(np.mean(np.abs(errors))),
        }
        if variance := float(np.var(numbers)):
            metrics["r2"] = 1 - float(np.mean(errors**2)) / variance
        return metrics

    def serve(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The number, float32 (n,)."""
        return {VALUE: outputs[:, 0] * self.deviation + self.mean}

    def served_layers(self, outputs: keras.KerasTensor) -> keras.KerasTensor:
        """Scale of the data."""
        scale = keras.layers.Rescaling(self.deviation, self.mean, name=VALUE)
        return scale(outputs)


def make_answer(params: Params, data: TableData) -> Answer:
    """Describe what is to be predicted, from the training split.

    Args:
        params: Parameters of the training.
        data: Both splits.

    Raises:
        UsageError: If a parameter of classes is given for a number.
    """
    train = data.train
    if not data.classes:
        _check_number(params)
        numbers = train.answers.astype(np.float64)
        return NumberAnswer(float(numbers.mean()), float(numbers.std()) or 1.0)
    offsets = np.zeros(len(data.classes))
    if params.class_weights == "balanced":
        offsets = weight_offsets(train.answers, train.weights, len(data.classes))
    return ClassAnswer(params, data.classes, tuple(offsets.tolist()))


def _check_number(params: Params) -> None:
    """Refuse what only a class has."""
    given = {
        "temperature": params.temperature != "none",
        "class_weights": params.class_weights != "none",
        "label_smoothing": params.label_smoothing > 0,
    }
    if names := [name for name, is_given in given.items() if is_given]:
        raise UsageError(
            f"trainer: {', '.join(names)}: expected only where a class is predicted.\n"
            "Received for a target that is a number. Leave it out."
        )
