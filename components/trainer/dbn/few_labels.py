# SPDX-License-Identifier: Apache-2.0
"""Pairs of networks trained on few labels: with pretraining, and without.

Both see the same labelled images in the same order, for as many steps, and are tuned
alike: on the first draw of each number of labels each learning rate is tried for both,
and the validation loss decides for each. The exported model carries the networks along,
in half precision, for the evaluation.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.classifier.loss import cross_entropy
from components.trainer.dbn.model import Layer, build_model, prepare_pixels
from components.trainer.dbn.params import Params
from components.trainer.dbn.pretraining import Stack
from components.trainer.images.arrays import ImageData
from components.trainer.images.labelled import draw_labelled
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.progress import print_status

# Validation images at once.
_BATCH: Final = 1000


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


@dataclass(frozen=True)
class Trial:
    """A network after its training with one learning rate."""

    rate: float
    loss: float
    """On the validation split."""

    weights: list[NDArray[Any]]


@dataclass(frozen=True)
class Pairs:
    """The networks of all draws."""

    committee: Committee
    """For each number of labels and each draw first the pretrained network."""

    rates: dict[str, float]
    """Kind of network and number of labels -> the learning rate that was chosen."""


def train_pairs(
    params: Params, data: ImageData, stack: Stack, seed: int
) -> Pairs | None:
    """Train the networks of all draws.

    Args:
        params: Numbers of labels, draws and steps, and learning rates.
        data: The training split that labels are drawn from, and the validation split.
        stack: Pretrained layers.
        seed: Seed of the first draw; the others follow.

    Returns:
        The networks; None if there is nothing to compare.
    """
    settings = params.few_labels
    if not settings.labels:
        return None
    all_rates = sorted({params.optimizer.learning_rate, *settings.learning_rates})
    chosen: dict[str, float] = {}
    networks = []
    for labels, draw in settings.draws:
        labelled = draw_labelled(data, labels, seed + draw)
        print_status(f"{labels} labels, draw {draw + 1}: with and without pretraining")
        for kind, layers in (("pretrained", stack.layers), ("random_weights", ())):
            name = f"{kind}_{labels}_labels"
            trials = [
                _train(params, rate, labelled, layers, seed + draw)
                for rate in ([chosen[name]] if draw else all_rates)
            ]
            best = min(trials, key=lambda trial: trial.loss)
            chosen[name] = best.rate
            networks.append(best.weights)
    return Pairs(Committee(params, networks), chosen)


def _train(
    params: Params, rate: float, data: ImageData, layers: tuple[Layer, ...], seed: int
) -> Trial:
    settings = params.few_labels
    steps = math.ceil(len(data.train) / settings.batch_size)
    epochs = math.ceil(settings.steps / steps)
    optimizer = replace(params.optimizer, learning_rate=rate)
    keras.utils.set_random_seed(seed)
    model = build_model(params, data.image_shape, data.num_classes, layers)
    model.compile(
        optimizer=make_optimizer(optimizer, epochs * steps),
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
    held_out = data.validation
    loss = model.evaluate(
        held_out.images, held_out.labels, batch_size=_BATCH, verbose=0
    )
    return Trial(rate, float(loss), model.get_weights())
