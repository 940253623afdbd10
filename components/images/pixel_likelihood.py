# SPDX-License-Identifier: Apache-2.0
"""Likelihood of grey pixels around the mean that a decoder predicts, in nats.

gaussian   normal with variance 1 / (2 w): the squared error times w, and a constant
l1         Laplace with scale 1 / w: the absolute error times w, and a constant

So a loss of errors, weighted by w, plus a KL divergence in nats is a negative evidence
lower bound. Both are densities of numbers from 0 to 1: nats may be negative, and
depend on w. They cannot be compared with those of black and white pixels.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import tensorflow as tf

from components.contracts.image_options import GreyLikelihood


def grey_nats(
    pixels: tf.Tensor, logits: tf.Tensor, likelihood: GreyLikelihood, weight: float
) -> tf.Tensor:
    """Compute -log p of each pixel.

    Args:
        pixels: float32 from 0 to 1.
        logits: Of the predicted means; of a shape that fits that of the pixels.
        likelihood: `gaussian` or `l1`.
        weight: The weight w of the errors.
    """
    errors, constant = _PARTS[likelihood]
    return weight * errors(pixels - tf.sigmoid(logits)) + constant(weight)


_Parts = tuple[Callable[[tf.Tensor], tf.Tensor], Callable[[float], float]]
_PARTS: Final[Mapping[GreyLikelihood, _Parts]] = {
    "gaussian": (tf.square, lambda weight: 0.5 * math.log(math.pi / weight)),
    "l1": (tf.abs, lambda weight: math.log(2 / weight)),
}
