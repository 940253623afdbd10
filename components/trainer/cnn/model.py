# SPDX-License-Identifier: Apache-2.0
"""Convolutional network of a classifier, from scratch or on a pretrained backbone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

import keras

from components.core.errors import UsageError
from components.core.project import project_root
from components.trainer.cnn.layer_spec import POOLING, parse_layer
from components.trainer.cnn.layers import LayerOptions, apply_layers, flatten
from components.trainer.cnn.params import Params
from components.trainer.cnn.pretrained import build_backbone
from components.trainer.cnn.rbf_output import apply_rbf_output
from components.trainer.images.preparation import image_input


@dataclass(frozen=True)
class Head:
    """Layers on a backbone, as functions of a Keras tensor."""

    pool: Callable[[keras.KerasTensor], keras.KerasTensor]
    """Applies the first layers, which have no weights."""

    classify: Callable[[keras.KerasTensor], keras.KerasTensor]
    """Applies the other layers; returns logits (n, classes)."""

    pooling: str
    """Description of the first layers; part of the key of cached features."""


def build_model(
    params: Params,
    image_shape: tuple[int, ...],
    num_classes: int,
    image_type: str = "uint8",
) -> keras.Model:
    """Build the network from images to logits.

    Scaling of the pixels is part of the model.

    Args:
        params: Parameters of the network.
        image_shape: Height, width and channels.
        num_classes: Number of logits.
        image_type: `uint8`, or `float32` of pixels that Transform prepared. Defaults to
            `uint8`.

    Returns:
        A model from images (n, height, width, channels) to float32 (n, classes).
    """
    if params.base:
        images = keras.Input(image_shape, dtype="uint8", name="images")
        tensor = build_backbone(params.base, image_shape, project_root())(images)
    else:
        images, tensor = image_input(image_shape, image_type)
    layers = params.layers or ()
    return keras.Model(images, _classify(params, layers, tensor, num_classes))


def make_head(params: Params, num_classes: int) -> Head:
    """Split the layers on a backbone into those without and with weights.

    Args:
        params: Parameters of the network.
        num_classes: Number of logits.
    """
    layers = params.layers or ()
    pooling = list(takewhile(lambda layer: parse_layer(layer).kind in POOLING, layers))
    others = layers[len(pooling) :]
    specs = [parse_layer(layer) for layer in pooling]
    return Head(
        pool=lambda tensor: apply_layers(tensor, specs, _options(params)),
        classify=lambda tensor: _classify(params, others, tensor, num_classes),
        pooling=", ".join(pooling),
    )


def _options(params: Params) -> LayerOptions:
    return LayerOptions(
        padding=params.padding,
        batch_norm=params.batch_norm,
        activation=params.activation,
        l1=params.l1,
    )


def _classify(
    params: Params, layers: Sequence[str], tensor: keras.KerasTensor, num_classes: int
) -> keras.KerasTensor:
    """Apply layers and the output layer; returns logits (n, classes)."""
    specs, options = [parse_layer(layer) for layer in layers], _options(params)
    tensor = flatten(apply_layers(tensor, specs, options))
    if params.dropout:
        tensor = keras.layers.Dropout(params.dropout)(tensor)
    if params.output == "sigmoid":
        return _one_logit(tensor, num_classes, options.regularizer)
    if params.output == "rbf":
        return apply_rbf_output(tensor, num_classes)
    # In float32 also where the other layers compute in less.
    return keras.layers.Dense(
        num_classes,
        dtype="float32",
        name="logits",
        kernel_regularizer=options.regularizer,
    )(tensor)


def _one_logit(
    tensor: keras.KerasTensor,
    num_classes: int,
    regularizer: keras.regularizers.Regularizer | None,
) -> keras.KerasTensor:
    """Apply an output layer of one unit; returns half of its logit, against and for.

    The softmax of both is the sigmoid of the one, so that loss, calibration, heat maps
    and export are those of any classifier.
    """
    if num_classes != 2:
        raise UsageError(
            "trainer, output: sigmoid: expected a data set of 2 classes.\n"
            f"Received {num_classes}. Write `output: softmax`, or leave it out."
        )
    logit = keras.layers.Dense(
        1, dtype="float32", name="logit", kernel_regularizer=regularizer
    )(tensor)
    halves = [keras.layers.Rescaling(x, dtype="float32")(logit) for x in (-0.5, 0.5)]
    return keras.layers.Concatenate(dtype="float32", name="logits")(halves)
