# SPDX-License-Identifier: Apache-2.0
"""Recurrent classifiers of images: each row of pixels is one step of a sequence.

the book's LSTM (4-3)     cell: lstm, units: 64
its GRU (figure 4-14)     the same with `cell: gru`
read from both ends       bidirectional: true
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from components.core.checks import expect
from components.trainer.classifier.run import run_classifier
from components.trainer.classifier.train import TrainingParams, train_classifier

if TYPE_CHECKING:
    from components.trainer.classifier.train import Trained
    from components.trainer.images.input_pipeline import ImageData


@dataclass(frozen=True, kw_only=True)
class Params(TrainingParams):
    """What a user may choose about a recurrent classifier."""

    units: int
    """Size of the state; with `bidirectional`, in each direction."""

    cell: Literal["lstm", "gru"] = "lstm"
    """`gru` keeps no memory beside its state and is a quarter smaller than `lstm`."""

    num_layers: int = 1
    """Layers on top of each other; all but the last hand on every step."""

    bidirectional: bool = False
    """Read from the top row down and from the bottom row up, and join both."""

    unroll: bool = True
    """Lay the steps out one by one: faster on a CPU, slower to build; a GPU's own
    kernel needs it off."""

    dropout: float = 0.0
    """Share of what each layer hands on that is hidden at each training step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        expect(self.units > 0, "units", "1 or more", self.units)
        expect(self.num_layers > 0, "num_layers", "1 or more", self.num_layers)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)


def build_model(params: Params, image_shape: tuple[int, ...], num_classes: int) -> Any:
    """Build the network from uint8 images to logits.

    Scaling and the cut into rows are part of the model, so nobody who calls it can
    forget them.

    Args:
        params: Its architecture.
        image_shape: Height, width and channels.
        num_classes: Number of logits.
    """
    import keras

    height, width, channels = image_shape
    images = keras.Input(image_shape, dtype="uint8", name="images")
    tensor = keras.layers.Rescaling(1 / 255)(images)
    tensor = keras.layers.Reshape((height, width * channels), name="rows")(tensor)
    for number in range(1, params.num_layers + 1):
        # Only the last layer sums up what it read in its last state.
        tensor = _layer(params, hands_on_steps=number < params.num_layers)(tensor)
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


def _layer(params: Params, hands_on_steps: bool) -> Any:
    import keras

    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[params.cell]
    layer = kind(params.units, return_sequences=hands_on_steps, unroll=params.unroll)
    return keras.layers.Bidirectional(layer) if params.bidirectional else layer
