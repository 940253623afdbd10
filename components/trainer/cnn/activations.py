# SPDX-License-Identifier: Apache-2.0
"""Activations of a network by name, all of them of Keras."""

from typing import Final

import keras

from components.trainer.cnn.layer_spec import Activation

# Names of Keras' own functions.
_FUNCTIONS: Final = {
    "relu": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "swish": "silu",
    "linear": "linear",
}
_LEAK: Final = 0.01
# First slope of the negative side (He et al. 2015).
_FIRST_SLOPE: Final = 0.25


def activate(tensor: keras.KerasTensor, name: Activation) -> keras.KerasTensor:
    """Apply an activation to a tensor.

    Args:
        tensor: Feature maps (n, height, width, channels), or (n, features).
        name: `prelu` learns one slope per channel; the others have no weights.
    """
    if name == "relu":
        return keras.layers.ReLU()(tensor)
    if name == "leaky":
        return keras.layers.LeakyReLU(_LEAK)(tensor)
    if name == "prelu":
        return keras.layers.PReLU(
            keras.initializers.Constant(_FIRST_SLOPE),
            # The places of a map share its slope.
            shared_axes=[1, 2] if len(tensor.shape) == 4 else None,
        )(tensor)
    if name == "absolute":
        return keras.ops.absolute(tensor)
    return keras.layers.Activation(_FUNCTIONS[name])(tensor)


def dense(
    tensor: keras.KerasTensor,
    units: int,
    name: Activation,
    regularizer: keras.regularizers.Regularizer | None = None,
) -> keras.KerasTensor:
    """Apply a fully connected layer and its activation.

    Args:
        tensor: (n, features).
        units: Units of the layer.
        name: The activation.
        regularizer: What its weights add to the loss. Defaults to nothing.
    """
    function = _FUNCTIONS.get(name)
    layer = keras.layers.Dense(
        units, activation=function, kernel_regularizer=regularizer
    )
    return layer(tensor) if function else activate(layer(tensor), name)
