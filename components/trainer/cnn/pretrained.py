# SPDX-License-Identifier: Apache-2.0
"""Pretrained backbones of keras.applications: weights, freezing, fine-tuning.

A backbone maps uint8 images to feature maps; the preprocessing of its authors is part
of it. Its weights are downloaded by Keras or read from an HDF5 file, which holds arrays
and no code.
"""

import warnings
from functools import partial
from pathlib import Path
from typing import Final

import keras
import numpy as np

from components.core.errors import DataNotObtainable, UsageError
from components.trainer.cnn.params import IMAGENET, RANDOM, Backbone
from components.trainer.cnn.random_weights import draw_weights

# Backbone -> module of keras.applications with its preprocessing.
_MODULES: Final = {
    "VGG16": "vgg16",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "InceptionV3": "inception_v3",
    "MobileNetV2": "mobilenet_v2",
    "EfficientNetB0": "efficientnet",
    "Xception": "xception",
}
# Standard deviations of the red, green and blue pixels of ImageNet, scaled to 0-1.
_IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)


def build_backbone(
    backbone: Backbone, image_shape: tuple[int, ...], folder: Path
) -> keras.Model:
    """Build a frozen backbone with its weights.

    Args:
        backbone: Name and weights.
        image_shape: Height, width and 3 channels.
        folder: Folder that a relative path of the weights starts from.

    Returns:
        A model from uint8 (n, height, width, 3) to float32 (n, rows, columns, maps).

    Raises:
        DataNotObtainable: If the weights are missing and cannot be downloaded.
        UsageError: If the images or the weights do not fit the network.
    """
    network = _build_network(backbone, image_shape)
    if backbone.weights_file:
        _load_weights(network, backbone, folder / backbone.weights_file)
        _rescale_as_published(network, backbone.name)
    module = getattr(keras.applications, _MODULES[backbone.name])
    if backbone.weights == RANDOM:
        draw_weights(network, module.preprocess_input, image_shape)
    network.trainable = False
    images = keras.Input(image_shape, dtype="uint8", name="pixels")
    pixels = module.preprocess_input(keras.ops.cast(images, "float32"))
    # Pretrained batch statistics are kept in training as well. Random weights have none
    # worth keeping, and layers above them do not learn without those of the batch.
    features = network(pixels, training=None if backbone.weights == RANDOM else False)
    model = keras.Model(images, features, name=backbone.name.lower())
    _check_features(model, image_shape, backbone)
    return model


def unfreeze_last(model: keras.Model, backbone: Backbone) -> None:
    """Make the last layers of a backbone trainable.

    Args:
        model: Model of `build_backbone`.
        backbone: Its settings, with the number of layers.
    """
    network = model.layers[-1]
    model.trainable = network.trainable = backbone.fine_tune_last > 0
    left = backbone.fine_tune_last
    for layer in reversed(network.layers):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = left > 0 and (not is_norm or backbone.weights == RANDOM)
        left -= bool(layer.weights) and not is_norm


def _build_network(backbone: Backbone, image_shape: tuple[int, ...]) -> keras.Model:
    if image_shape[-1] != 3:
        raise UsageError(
            f"base {backbone.name}: expected images of 3 channels.\n"
            f"Received {image_shape[-1]}. Take a recipe without a base."
        )
    build = partial(
        getattr(keras.applications, backbone.name),
        include_top=False,
        input_shape=image_shape,
    )
    try:
        network = build(weights=None)
    except ValueError as error:
        raise UsageError(f"base {backbone.name}: {error}") from None
    if backbone.weights != IMAGENET:
        return network
    try:
        return build(weights=IMAGENET)
    except Exception as error:
        # The exception of a download depends on where it fails.
        raise DataNotObtainable(
            f"the weights of {backbone.name} could not be downloaded: {error}\n"
            "Put the file (the one without top) somewhere and write "
            "`weights: PATH.h5` in the recipe's base, or `weights: none` to start from "
            "random ones."
        ) from None


def _load_weights(network: keras.Model, backbone: Backbone, path: Path) -> None:
    if not path.is_file():
        raise DataNotObtainable(
            f"the weights of {backbone.name}: there is no file {path}.\n"
            f"Put it there, or write `weights: {IMAGENET}` to let Keras download them, "
            f"or `weights: {RANDOM}` to start from random ones."
        )
    cause = _read_weights(network, path)
    if cause:
        raise UsageError(
            f"{path}: expected the weights of {backbone.name} without top, as HDF5.\n"
            f"Received others: {cause}"
        )


def _read_weights(network: keras.Model, path: Path) -> str:
    """Read the weights of a file; returns the fault of the file, or an empty string."""
    # Keras only warns of tensors that a file lacks: those keep this value.
    for variable in network.weights:
        variable.assign(np.full(variable.shape, np.nan))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.load_weights(path)
    except (KeyError, OSError, TypeError, ValueError) as error:
        return str(error).partition("\n")[0]
    unset = [v.path for v in network.weights if np.isnan(v.numpy()).any()]
    return f"no numbers for {len(unset)} tensors, {unset[0]} first" if unset else ""


def _rescale_as_published(network: keras.Model, name: str) -> None:
    """Scale EfficientNet's input for the weights of a file.

    With `weights="imagenet"`, and only then, Keras divides the normalized input once
    more by the square root of the standard deviation, as the published weights expect.
    """
    if not name.startswith("EfficientNetB"):
        return
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            deviation = np.array(_IMAGENET_DEVIATION)
            layer.adapt_variance.assign(layer.adapt_variance.numpy() * deviation)
            layer.finalize_state()


def _check_features(
    model: keras.Model, image_shape: tuple[int, ...], backbone: Backbone
) -> None:
    """Refuse weights with which two different images have the same features."""
    noise = np.random.default_rng(0).integers(0, 256, image_shape)
    ramp = np.broadcast_to(np.linspace(0, 255, image_shape[1])[:, None], image_shape)
    features = model.predict_on_batch(np.stack([noise, ramp]).astype(np.uint8))
    if not np.isfinite(features).all():
        found = "numbers that are not finite"
    elif not np.ptp(features, axis=0).any():
        found = "the same features for two different images"
    else:
        return
    raise UsageError(
        f"{backbone.weights}: expected weights with which the features of "
        f"{backbone.name} differ between images.\nReceived {found}."
    )
