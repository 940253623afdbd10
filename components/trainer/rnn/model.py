# SPDX-License-Identifier: Apache-2.0
"""Recurrent network that reads an image row by row, as a sequence."""

from typing import Any, Final

import keras

from components.trainer.images.preparation import image_input
from components.trainer.rnn.params import Params

# Standard deviation of the weights from input to state (Le, Jaitly and Hinton 2015).
_IRNN_DEVIATION: Final = 0.001


def build_model(
    params: Params,
    image_shape: tuple[int, ...],
    num_classes: int,
    image_type: str = "uint8",
) -> keras.Model:
    """Build the network from images to logits.

    Scaling and the reshaping to a sequence of rows are part of the model.

    Args:
        params: Parameters of the network.
        image_shape: Height, width and channels.
        num_classes: Number of logits.
        image_type: `uint8`, or `float32` of pixels that Transform prepared. Defaults to
            `uint8`.

    Returns:
        A model from images (n, height, width, channels) to float32 (n, classes).
    """
    height, width, channels = image_shape
    images, tensor = image_input(image_shape, image_type)
    tensor = keras.layers.Reshape((height, width * channels), name="rows")(tensor)
    for number in range(1, params.num_layers + 1):
        # The last layer returns its last state alone.
        tensor = _layer(params, return_sequences=number < params.num_layers)(tensor)
        if params.dropout:
            tensor = keras.layers.Dropout(params.dropout)(tensor)
    # In float32 also where the other layers compute in less.
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(tensor)
    return keras.Model(images, logits)


def _layer(params: Params, return_sequences: bool) -> keras.layers.Layer:
    kinds = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "irnn": _irnn}
    kind = kinds[params.cell]
    layer = kind(params.units, return_sequences=return_sequences, unroll=params.unroll)
    return keras.layers.Bidirectional(layer) if params.bidirectional else layer


def _irnn(units: int, **options: Any) -> keras.layers.SimpleRNN:
    """A plain recurrent layer that starts by adding up its inputs.

    With the identity from state to state and ReLU, states and gradients neither vanish
    nor explode at the start of the training.
    """
    return keras.layers.SimpleRNN(
        units,
        activation="relu",
        kernel_initializer=keras.initializers.RandomNormal(stddev=_IRNN_DEVIATION),
        recurrent_initializer="identity",
        **options,
    )
