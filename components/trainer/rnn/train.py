# SPDX-License-Identifier: Apache-2.0
"""Training of a recurrent classifier of images."""

from pathlib import Path

import keras

from components.trainer.classifier.train import Trained, train_classifier
from components.trainer.images.arrays import ImageData
from components.trainer.rnn.model import build_model
from components.trainer.rnn.params import Params


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Train a classifier, from its last checkpoint if there is one.

    Args:
        params: Parameters of network and training.
        data: Training and validation split.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, augmentation and dropout.
    """

    def build() -> keras.Model:
        shape, kind = data.image_shape, data.image_type
        return build_model(params, shape, data.num_classes, kind)

    return train_classifier(build, params, data, workdir, seed).fold_offsets()
