# SPDX-License-Identifier: Apache-2.0
"""Convolutional classifiers of images: the book's, the separable pair, and better ones.

LeNet-5, as told               layers: [pad 2, conv 6 5x5, subsample, conv 16 5x5,
                               subsample, dense 120, dense 84]
                               with padding: valid and activation: tanh
the book's CNN (3-6)           layers: [conv 64, pool, conv 128, pool, dense 1024]
its standard network (3-9)     layers: [conv 32, pool, conv 64, pool, dense 256]
                               with padding: valid
its separable network (3-9)    the same with `separable` for `conv`
softmax regression (2-18/19)   layers: []
cervix types (3-7)             layers: [conv 64, pool, conv 128, pool, conv 256, pool,
                               dense 512, dropout 0.5, dense 512, dropout 0.5]
VGG16 transfer (3-8)           base: {name: VGG16, ...}, layers: [average]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from components.core.checks import expect
from components.core.project import project_root
from components.trainer.classifier.run import run_classifier
from components.trainer.classifier.train import TrainingParams, train_classifier
from components.trainer.cnn.layers import POOLING, Trunk, build_trunk, flat, read_layer
from components.trainer.cnn.pretrained import Base, build_base
from components.trainer.cnn.transfer import Head, train_transfer

if TYPE_CHECKING:
    from components.trainer.classifier.train import Trained
    from components.trainer.images.input_pipeline import ImageData


@dataclass(frozen=True, kw_only=True)
class Params(TrainingParams):
    """What a user may choose about a convolutional classifier."""

    layers: tuple[str, ...]
    """The network from input to output, in words: see cnn/layers.py."""

    base: Base | None = None
    """A trained network that `layers` stand on. Defaults to none."""

    padding: Literal["same", "valid"] = "same"
    """Whether convolutions keep the size of the image or trim it."""

    batch_norm: bool = False
    """Normalize between convolution and activation."""

    activation: Literal["relu", "tanh"] = "relu"
    """What follows each convolution, subsampling and dense layer."""

    dropout: float = 0.0
    """Share of features hidden from the output layer at each training step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for words in self.layers:
            read_layer(words)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)
        # Features are computed once, of the images as they are.
        if self.base and not self.base.fine_tune_last:
            wanted = "none with a base that is never fine-tuned"
            expect(self.augmentation.is_off, "augmentation", wanted, self.augmentation)

    @property
    def files(self) -> tuple[str, ...]:
        """Files that a training reads beside the data."""
        named = self.base.weights_file if self.base else ""
        return (named,) if named else ()


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
    if params.base:
        tensor = build_base(params.base, image_shape, project_root())(images)
    else:
        tensor = keras.layers.Rescaling(1 / 255)(images)
    return keras.Model(images, _classify(params, params.layers, tensor, num_classes))


def _trunk(params: Params) -> Trunk:
    return Trunk(params.padding, params.batch_norm, params.activation)


def _classify(
    params: Params, layers: Sequence[str], tensor: Any, num_classes: int
) -> Any:
    """Apply layers and the output layer to a tensor; gives logits."""
    import keras

    specs = [read_layer(words) for words in layers]
    tensor = flat(build_trunk(tensor, specs, _trunk(params)))
    if params.dropout:
        tensor = keras.layers.Dropout(params.dropout)(tensor)
    # Logits in float32 also where the rest is computed in less.
    return keras.layers.Dense(num_classes, dtype="float32", name="logits")(tensor)


def _head(params: Params, num_classes: int) -> Head:
    """The layers on a base, those that learn nothing apart from the others."""
    pooling = list(takewhile(lambda words: words in POOLING, params.layers))
    rest = params.layers[len(pooling) :]
    specs = [read_layer(words) for words in pooling]
    return Head(
        pool=lambda tensor: build_trunk(tensor, specs, _trunk(params)),
        classify=lambda tensor: _classify(params, rest, tensor, num_classes),
        words=", ".join(pooling),
    )


def train(params: Params, data: "ImageData", workdir: Path, seed: int) -> "Trained":
    """Train a classifier; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture and training.
        data: Training and validation split.
        workdir: Folder for checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """

    if params.base:
        head = _head(params, data.num_classes)
        trained = train_transfer(params, params.base, head, data, workdir, seed)
        return trained.with_offsets_inside()

    def build() -> Any:
        return build_model(params, data.image_shape, data.num_classes)

    trained = train_classifier(build, params, data, workdir, seed)
    return trained.with_offsets_inside()


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_classifier(fn_args, Params, train)
