# SPDX-License-Identifier: Apache-2.0
"""Training of a convolutional classifier, from scratch or on a pretrained backbone."""

from pathlib import Path

import keras

from components.trainer.classifier.train import Trained, train_classifier
from components.trainer.cnn.model import build_model, make_head
from components.trainer.cnn.params import Params
from components.trainer.cnn.transfer import train_transfer
from components.trainer.images.arrays import ImageData


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Train a classifier, from its last checkpoint if there is one.

    Args:
        params: Parameters of network and training.
        data: Training and validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """
    if params.base:
        head = make_head(params, data.num_classes)
        trained = train_transfer(params, params.base, head, data, workdir, seed)
        return trained.fold_offsets()

    def build() -> keras.Model:
        shape, kind = data.image_shape, data.image_type
        return build_model(params, shape, data.num_classes, kind)

    return train_classifier(build, params, data, workdir, seed).fold_offsets()
