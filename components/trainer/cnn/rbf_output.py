# SPDX-License-Identifier: Apache-2.0
"""Output layer of Euclidean radial basis functions (LeNet-5, LeCun et al. 1998, II.B).

The logit of a class is minus half the squared distance of the features to the fixed
code of the class: the logarithm of a Gaussian density around it. The softmax of these
logits trains with criterion (9) of the paper without its constant j. The codes have
equal lengths, so that the distance to all of them together leaves the softmax as it is.

The codes of the paper are bitmaps of 7 x 12 pixels, which exist for characters alone.
Ours serve any classes: rows of a Hadamard matrix, the simplex code.
"""

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

from components.core.errors import UsageError


def apply_rbf_output(tensor: keras.KerasTensor, num_classes: int) -> keras.KerasTensor:
    """Compute minus half the squared distance of features to the code of each class.

    Made of layers and operations of Keras alone, so that plain Keras loads the model.

    Args:
        tensor: (n, features).
        num_classes: Number of logits.

    Returns:
        float32 (n, classes).

    Raises:
        UsageError: If there are too few features for codes of so many classes.
    """
    codes = make_codes(num_classes, tensor.shape[-1])
    # -|x - w|^2 / 2 = x w - |w|^2 / 2 - |x|^2 / 2
    products = keras.layers.Dense(
        num_classes, dtype="float32", name="logits", trainable=False
    )
    products.build(tensor.shape)
    products.set_weights([codes.T, np.full(num_classes, -codes.shape[1] / 2)])
    squares = keras.ops.square(keras.ops.cast(tensor, "float32"))
    return products(tensor) - keras.ops.sum(squares, axis=1, keepdims=True) / 2


def make_codes(num_classes: int, num_features: int) -> NDArray[np.float32]:
    """Make a code of +1 and -1 per class, no two of them near each other.

    Args:
        num_classes: Number of codes.
        num_features: Length of a code.

    Returns:
        (classes, features).

    Raises:
        UsageError: If codes of this length could be near each other.
    """
    order = 2 ** (num_classes - 1).bit_length()
    # Any two rows differ in half of the columns, and none in the first.
    rows: NDArray[np.float32] = hadamard(order, dtype=np.float32)[:num_classes, 1:]
    if num_features < order - 1:
        raise UsageError(
            f"trainer, output: rbf: expected a last layer `dense {order - 1}` or "
            f"larger, for codes of {num_classes} classes.\n"
            f"Received `dense {num_features}`. Enlarge it, or write `output: softmax`."
        )
    return rows.take(range(num_features), axis=1, mode="wrap")
