# SPDX-License-Identifier: Apache-2.0
"""Training that every classifier of images shares, whatever its network is."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from components.core.checks import expect
from components.trainer.images.augmentation import Augmentation
from components.trainer.images.resizing import Framing
from components.trainer.loop.devices import Kind
from components.trainer.loop.optimizer import Optimizer, make_optimizer
from components.trainer.loop.precision import (
    Precision,
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageArrays, ImageData
    from components.trainer.loop.history import EpochRow
    from components.trainer.provenance import Outcome


@dataclass(frozen=True, kw_only=True)
class TrainingParams:
    """What a user may choose about the training of a classifier."""

    optimizer: Optimizer
    """How the weights follow the gradient."""

    epochs: int
    """How often every training image is shown."""

    batch_size: int
    """Images per step, over all devices together."""

    label_smoothing: float = 0.0
    """Share of each target spread evenly over all classes."""

    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weighs each image by the inverse share of its class in training; the
    exported probabilities are those of the classes as frequent as they are."""

    temperature: Literal["none", "fit"] = "none"
    """`fit` calibrates the exported probabilities on the validation split."""

    image: Framing = field(default_factory=Framing)
    """How large the model's images are, where the data set's own differ in size."""

    augmentation: Augmentation = field(default_factory=Augmentation)
    """Random distortions of the training images."""

    precision: Precision = "auto"
    """Number format of training; the exported model is float32 always."""

    def __post_init__(self) -> None:
        expect(self.epochs > 0, "epochs", "1 or more", self.epochs)
        expect(self.batch_size > 0, "batch_size", "1 or more", self.batch_size)
        smoothing = self.label_smoothing
        expect(0 <= smoothing < 1, "label_smoothing", "0 to below 1", smoothing)


@dataclass(frozen=True)
class Trained:
    """A trained classifier, in float32 and ready to export.

    Attributes:
        model: Keras model from uint8 images to logits.
        temperature: What the logits are to be divided by.
        history: One row per epoch.
        outcome: Facts about the training.
        offsets: What is still to be added to the logits; none where they are final.
    """

    model: Any
    temperature: float
    history: "list[EpochRow]"
    outcome: "Outcome"
    offsets: tuple[float, ...] = ()

    def with_offsets_inside(self) -> "Trained":
        """The same with the offsets in the bias of the model's last layer."""
        if self.offsets:
            bias = self.model.layers[-1].bias
            bias.assign_add(list(self.offsets))
        return replace(self, offsets=())


def train_classifier(
    build: Callable[[], Any],
    params: TrainingParams,
    data: "ImageData",
    workdir: Path,
    seed: int,
) -> Trained:
    """Train a network; goes on from what `workdir` holds of an earlier attempt.

    Args:
        build: Makes the network, from uint8 images to logits.
        params: How to train it.
        data: Training and validation split.
        workdir: Folder for checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """
    import keras

    from components.trainer.classifier.calibration import fit_temperature
    from components.trainer.classifier.validation import judge, predict_logits
    from components.trainer.images.input_pipeline import steps_per_epoch
    from components.trainer.loop.devices import find_devices
    from components.trainer.loop.fit import Plan, fit
    from components.trainer.loop.history import train_seconds
    from components.trainer.provenance import Outcome

    keras.utils.set_random_seed(seed)
    devices = find_devices()
    policy = choose_precision(params.precision, devices.kind, read_cpu_flags())
    plan = Plan(params.epochs, steps_per_epoch(data.train, params.batch_size), workdir)
    with devices.strategy.scope(), dtype_policy(policy):
        model = build()
        _compile(model, params, data.num_classes, plan.total_steps, devices.kind)
    history = fit(
        model,
        partial(_batches, params, data.train, seed),
        plan,
        partial(_validate, data.validation),
    )
    # Built again: layers keep the policy that they were built with.
    with dtype_policy("float32"):
        exact = build()
    exact.set_weights(model.get_weights())
    offsets = _offsets(params, data)
    logits = predict_logits(exact, data.validation) + offsets
    labels = data.validation.labels
    fits = params.temperature == "fit"
    temperature = fit_temperature(logits, labels) if fits else 1.0
    outcome = Outcome(
        num_parameters=exact.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=devices.description,
        precision=policy,
        validation=judge(logits / temperature, labels),
        details={"temperature": temperature, **_class_weights(params, offsets)},
    )
    return Trained(exact, temperature, history, outcome, tuple(offsets.tolist()))


def _offsets(params: TrainingParams, data: "ImageData") -> Any:
    import numpy as np

    from components.trainer.classifier.calibration import weight_offsets

    if params.class_weights == "none":
        return np.zeros(data.num_classes)
    train = data.train
    return weight_offsets(train.labels, train.label_weights, data.num_classes)


def _class_weights(params: TrainingParams, offsets: Any) -> dict[str, str]:
    """The weights in the order of the classes, for the report; nothing without any."""
    import numpy as np

    if params.class_weights == "none":
        return {}
    return {"class_weights": ", ".join(f"{w:.3g}" for w in np.exp(-offsets))}


def _compile(
    model: Any, params: TrainingParams, num_classes: int, total_steps: int, kind: Kind
) -> None:
    import keras

    from components.trainer.classifier.losses import cross_entropy

    model.compile(
        optimizer=make_optimizer(params.optimizer, total_steps),
        loss=cross_entropy(params.label_smoothing, num_classes),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        # XLA costs 1.5 times the CPU time here and pays on accelerators only.
        jit_compile=False if kind == "cpu" else "auto",
    )


def _batches(
    params: TrainingParams, arrays: "ImageArrays", seed: int, first_epoch: int
) -> Any:
    from components.trainer.images.input_pipeline import epochs

    return epochs(
        arrays,
        params.batch_size,
        seed,
        params.augmentation,
        first_epoch,
        weighted=params.class_weights == "balanced",
    )


def _validate(validation: "ImageArrays", model: Any) -> dict[str, float]:
    from components.trainer.classifier.validation import judge, predict_logits

    judged = judge(predict_logits(model, validation), validation.labels)
    return {"val_loss": judged["log_loss"], "val_accuracy": judged["accuracy"]}
