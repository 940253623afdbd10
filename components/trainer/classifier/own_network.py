# SPDX-License-Identifier: Apache-2.0
"""A user's own network as a classifier of images."""

from collections.abc import Sequence

import keras

from components.contracts.network import InputSpec, OutputSpec
from components.trainer.images.arrays import ImageData
from components.trainer.own_network import build_own_network
from components.trainer.own_network_params import OwnNetworkParams


def build_own_classifier(settings: OwnNetworkParams, data: ImageData) -> keras.Model:
    """Build the network that the settings name, from images to logits.

    Args:
        settings: Names the function that builds it.
        data: The images, for their shape and classes.

    Raises:
        UsageError: If the network does not fit.
    """
    inputs = {"images": InputSpec(data.image_shape, data.image_type)}
    output = OutputSpec(units=data.num_classes, classes=data.classes)
    return build_own_network(settings, inputs, output)


def add_to_logits(model: keras.Model, offsets: Sequence[float]) -> keras.Model:
    """Add a constant to each logit of a classifier.

    Args:
        model: From images to logits.
        offsets: One number per class.

    Returns:
        The model itself, if its last layer has a bias; else a model around it.
    """
    bias = getattr(model.layers[-1], "bias", None)
    if bias is not None and tuple(bias.shape) == (len(offsets),):
        bias.assign_add(list(offsets))
        return model
    # A layer of Keras that adds constants: it subtracts the mean.
    means = [-offset for offset in offsets]
    add = keras.layers.Normalization(mean=means, variance=[1.0] * len(means))
    return keras.Model(model.input, add(model.output))
