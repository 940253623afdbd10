# SPDX-License-Identifier: Apache-2.0
"""Pairs of networks trained on few labels: with pretraining, and without.

Both see the same labelled images in the same order, and are trained alike. The
exported model carries them along, in half precision, for the evaluation.
"""

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.classifier.loss import cross_entropy
from components.trainer.dbn.model import build_model, prepare_pixels
from components.trainer.dbn.params import Params
from components.trainer.dbn.pretraining import Stack
from components.trainer.images.arrays import ImageData
from components.trainer.images.labelled import draw_labelled
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.progress import print_status


class Committee(keras.Model):
    """Networks of equal sizes that answer together.

    Called on uint8 images, it returns probabilities (n, networks, classes).

    Args:
        params: Preparation of the pixels.
        networks: Weights of each network as lists of kernels and biases in turn.
    """

    def __init__(self, params: Params, networks: list[list[NDArray[Any]]]) -> None:
        super().__init__(name="committee")
        self._params = params
        self._stacked = []
        for number, same in enumerate(zip(*networks, strict=True)):
            values = np.stack(same).astype(np.float16)
            self._stacked.append(
                self.add_weight(
                    shape=values.shape,
                    initializer=keras.initializers.Constant(values),
                    dtype="float16",
                    trainable=False,
                    name=f"part_{number}",
                )
            )
        self.built = True

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Compute probabilities, float32 (n, networks, classes)."""
        pixels = prepare_pixels(self._params, images)
        rows = keras.ops.reshape(pixels, (-1, math.prod(images.shape[1:])))
        tensor = keras.ops.expand_dims(rows, 0)
        pairs = list(zip(self._stacked[::2], self._stacked[1::2], strict=True))
        for number, (kernel, bias) in enumerate(pairs, 1):
            product = keras.ops.matmul(tensor, keras.ops.cast(kernel, "float32"))
            tensor = product + keras.ops.cast(bias, "float32")[:, None]
            if number < len(pairs):
                tensor = keras.ops.sigmoid(tensor)
        return keras.ops.transpose(keras.ops.softmax(tensor), (1, 0, 2))


def train_pairs(
    params: Params, data: ImageData, stack: Stack, seed: int
) -> Committee | None:
    """Train the networks of all draws.

    Args:
        params: Numbers of labels, draws and steps.
        data: The training split that labels are drawn from.
        stack: Pretrained layers.
        seed: Seed of the first draw; the others follow.

    Returns:
        The networks, for each number of labels and each draw first the pretrained one;
        None if there is nothing to compare.
    """
    if not params.few_labels.labels:
        return None
    networks = []
    for labels, draw in params.few_labels.draws:
        labelled = draw_labelled(data, labels, seed + draw)
        print_status(f"{labels} labels, draw {draw + 1}: with and without pretraining")
        for layers in (stack.layers, ()):
            keras.utils.set_random_seed(seed + draw)
            model = build_model(params, data.image_shape, data.num_classes, layers)
            _train(params, model, labelled)
            networks.append(model.get_weights())
    return Committee(params, networks)


def _train(params: Params, model: keras.Model, data: ImageData) -> None:
    settings = params.few_labels
    steps = math.ceil(len(data.train) / settings.batch_size)
    epochs = math.ceil(settings.steps / steps)
    model.compile(
        optimizer=make_optimizer(params.optimizer, epochs * steps),
        loss=cross_entropy(params.label_smoothing, data.num_classes),
        jit_compile=False,
    )
    model.fit(
        data.train.images,
        data.train.labels,
        batch_size=settings.batch_size,
        epochs=epochs,
        verbose=0,
    )
