# SPDX-License-Identifier: Apache-2.0
"""Training of a classifier on an encoder, and of its control from scratch.

Both see the same labels, for the same number of steps, and are tuned alike: each
learning rate is tried for both, and the validation loss decides for each.
"""

from dataclasses import replace
from pathlib import Path

import keras

from components.core.checks import expect
from components.trainer.classifier.train import Trained, train_classifier
from components.trainer.encoder.model import build_model
from components.trainer.encoder.params import Params
from components.trainer.images.arrays import ImageData
from components.trainer.loop.progress import print_status


def train(
    params: Params, data: ImageData, workdir: Path, seed: int, encoder: keras.Model
) -> Trained:
    """Train a classifier and its control, from the last checkpoint if there is one.

    Args:
        params: Parameters of network and training.
        data: Labelled training images, and the validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
        encoder: The published encoder.

    Raises:
        ValueError: If the images are not those of the encoder.
    """
    shape = encoder.input_shape[1:]
    expect(
        data.image_shape == shape, "needs", f"an encoder of {shape}", data.image_shape
    )
    model = train_tuned(params, data, workdir / "encoder", seed, encoder)
    control = train_tuned(params, data, workdir / "control", seed, encoder, True)
    return model.compared_with(control)


def train_tuned(
    params: Params,
    data: ImageData,
    workdir: Path,
    seed: int,
    encoder: keras.Model,
    from_scratch: bool = False,
) -> Trained:
    """Train with each learning rate, and keep the network of least validation loss.

    Args:
        params: Parameters of network and training.
        data: Labelled training images, and the validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
        encoder: The published encoder.
        from_scratch: Whether to train the control. Defaults to False.
    """

    def build() -> keras.Model:
        return build_model(params, encoder, data.num_classes, from_scratch)

    trials: list[tuple[float, Trained]] = []
    for rate in params.all_learning_rates:
        what = "from scratch" if from_scratch else f"{params.mode} encoder"
        print_status(f"{what}, learning rate {rate:g}")
        tried = replace(params, optimizer=replace(params.optimizer, learning_rate=rate))
        folder = workdir / f"{rate:g}"
        trained = train_classifier(build, tried, data, folder, seed).fold_offsets()
        trials.append((rate, trained))
    rate, best = min(trials, key=lambda trial: trial[1].outcome.validation["log_loss"])
    seconds = sum(trained.outcome.train_seconds for _, trained in trials)
    details = {**best.outcome.details, "learning_rate": rate}
    outcome = replace(best.outcome, train_seconds=seconds, details=details)
    return replace(best, outcome=outcome)
