# SPDX-License-Identifier: Apache-2.0
"""Parameters that all classifiers of images share."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from components.core.checks import expect
from components.trainer.images.params import Augmentation, ImageInput
from components.trainer.loop.params import (
    BatchSize,
    EarlyStopping,
    Optimizer,
    Precision,
    check_batches,
)
from components.trainer.own_network_params import OwnNetworkParams


@dataclass(frozen=True, kw_only=True)
class ClassifierParams(OwnNetworkParams):
    """Parameters of the training of a classifier, whatever its network."""

    # Whether filters and whitening may come before the network.
    TAKES_PREPARED_PIXELS: ClassVar[bool] = True

    optimizer: Optimizer
    """Optimizer and learning-rate schedule."""

    epochs: int
    """Passes over the training images; with early stopping, the most of them."""

    batch_size: BatchSize
    """Images per step, over all devices together; `all` for one step per epoch."""

    labels: int = 0
    """Labelled training images, as many of each class and drawn with the seed; 0 for
    all of them. The validation split keeps its labels."""

    label_smoothing: float = 0.0
    """Share of each target that is spread evenly over all classes (Szegedy et al.
    2016)."""

    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weights each image by the inverse share of its class in training. The
    exported probabilities are corrected for it, so they match the true class priors."""

    temperature: Literal["none", "fit"] = "none"
    """`fit` calibrates the exported probabilities by temperature scaling on the
    validation split."""

    image: ImageInput = field(default_factory=ImageInput)
    """Size of the model's images, where those of the data set differ in size."""

    augmentation: Augmentation = field(default_factory=Augmentation)
    """Random data augmentation of the training images."""

    early_stopping: EarlyStopping = field(default_factory=EarlyStopping)
    """Whether to stop when the validation split has not become better for a while."""

    folds: int = 0
    """Parts of the training split that are each held out once by a training of its own
    (cross-validation); the exported model is trained on all of it. 0 for none. Images
    that are nearly the same may lie in two of them."""

    logs: Literal["none", "tensorboard"] = "none"
    """`tensorboard` writes curves and graph of the training for TensorBoard."""

    precision: Precision = "auto"
    """Number format of training; the exported model is always float32."""

    def __post_init__(self) -> None:
        expect(self.epochs > 0, "epochs", "1 or more", self.epochs)
        check_batches(self.batch_size, self.optimizer)
        expect(
            self.folds == 0 or self.folds > 1, "folds", "0, or 2 or more", self.folds
        )
        expect(self.labels >= 0, "labels", "0 or more", self.labels)
        smoothing = self.label_smoothing
        expect(0 <= smoothing < 1, "label_smoothing", "0 to below 1", smoothing)
