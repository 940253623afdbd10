# SPDX-License-Identifier: Apache-2.0
"""Convolutional classifiers of images: the book's, the separable pair, and better ones.

the book's CNN (3-6)           layers: [conv 64, pool, conv 128, pool, dense 1024]
its standard network (3-9)     layers: [conv 32, pool, conv 64, pool, dense 256]
                               with padding: valid
its separable network (3-9)    the same with `separable` for `conv`
softmax regression (2-18/19)   layers: []
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from components.trainer.checks import expect
from components.trainer.classifier import TrainingParams, train_classifier
from components.trainer.layers import Trunk, build_trunk, read_layer
from components.trainer.run import run_classifier

if TYPE_CHECKING:
    from components.trainer.classifier import Trained
    from components.trainer.inputs import ImageData


@dataclass(frozen=True, kw_only=True)
class Params(TrainingParams):
    """What a user may choose about a convolutional classifier."""

    layers: tuple[str, ...]
    """The network from input to output, in words: see components/trainer/layers.py."""

    padding: Literal["same", "valid"] = "same"
    """Whether convolutions keep the size of the image or trim it."""

    batch_norm: bool = False
    """Normalize between convolution and ReLU."""

    dropout: float = 0.0
    """Share of features hidden from the output layer at each training step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for words in self.layers:
            read_layer(words)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)


def build_model(params: Params, image_shape: tuple[int, ...], num_classes: int) -> Any:
    """Build the network from uint8 images to logits.

    Scaling is part of the model, so nobody who calls it can forget it.

    Args:
        params: Its architecture.
        image_shape: Height, width and channels.
        num_classes: Number of logits.
    """
    import keras

    images = keras.Input(image_shape, dtype="uint8", name="images")
    tensor = keras.layers.Rescaling(1 / 255)(images)
    specs = [read_layer(words) for words in params.layers]
    trunk = Trunk(padding=params.padding, batch_norm=params.batch_norm)
    tensor = build_trunk(tensor, specs, trunk)
    if params.dropout:
        tensor = keras.layers.Dropout(params.dropout)(tensor)
    # Logits in float32 also where the rest is computed in less.
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(tensor)
    return keras.Model(images, logits)


def train(params: Params, data: "ImageData", workdir: Path, seed: int) -> "Trained":
    """Train a classifier; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture and training.
        data: Training and validation split.
        workdir: Folder for checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """

    def build() -> Any:
        return build_model(params, data.image_shape, data.num_classes)

    return train_classifier(build, params, data, workdir, seed)


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_classifier(fn_args, Params, train)
