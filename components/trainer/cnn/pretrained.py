# SPDX-License-Identifier: Apache-2.0
"""Networks that others trained, as the first part of ours.

A base takes uint8 images and gives a map of features; what its authors did to the
pixels stands inside, so nobody who calls it can forget it. Its weights come from a file
that is read as numbers only, never executed, or from Keras' own download.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from components.core.checks import expect
from components.core.errors import DataNotObtainable, UsageError
from components.trainer.images.batch_normalization import MOMENTUM

BaseName = Literal[
    "VGG16", "ResNet50", "ResNet50V2", "MobileNetV2", "EfficientNetB0", "Xception"
]
# Base -> the module of keras.applications that knows its preprocessing.
_MODULES: Final = {
    "VGG16": "vgg16",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "MobileNetV2": "mobilenet_v2",
    "EfficientNetB0": "efficientnet",
    "Xception": "xception",
}
DOWNLOADED: Final = "imagenet"
RANDOM: Final = "none"
# Of the red, green and blue pixels that EfficientNet's authors trained on, scale 0-1.
_IMAGENET_DEVIATION: Final = (0.229, 0.224, 0.225)
# Patches along a side of the pictures that random weights are settled on.
_PATCHES: Final = (2, 4, 8, 16)
_PICTURES_EACH: Final = 8
# HDF5 holds arrays and nothing else; a .keras archive or a pickle may hold code.
_SUFFIX: Final = ".h5"


@dataclass(frozen=True, kw_only=True)
class Base:
    """A network from keras.applications, without its last layers."""

    name: BaseName
    """Which one."""

    weights: str
    """`imagenet` (Keras downloads them), a path to an .h5 file, or `none`: random."""

    fine_tune_last: int = 0
    """Layers with weights, counted from the end, that are trained in a second phase.
    Batch normalization is not counted, and trained only if `weights` is `none`."""

    fine_tune_epochs: int = 3
    """Length of that phase."""

    fine_tune_rate: float = 1e-5
    """Its learning rate: a high one would undo what the base knows."""

    def __post_init__(self) -> None:
        known = self.weights in (DOWNLOADED, RANDOM)
        wanted = f"'{DOWNLOADED}', '{RANDOM}', or the path of an {_SUFFIX} file"
        expect(known or self.weights.endswith(_SUFFIX), "weights", wanted, self.weights)
        layers, epochs = self.fine_tune_last, self.fine_tune_epochs
        expect(layers >= 0, "fine_tune_last", "0 or more", layers)
        expect(epochs > 0, "fine_tune_epochs", "1 or more", epochs)
        rate = self.fine_tune_rate
        expect(rate > 0, "fine_tune_rate", "above 0", rate)

    @property
    def weights_file(self) -> str:
        """Path of the file that holds the weights; empty where none is named."""
        return "" if self.weights in (DOWNLOADED, RANDOM) else self.weights


def build_base(base: Base, image_shape: tuple[int, ...], folder: Path) -> Any:
    """Build a frozen base, with its weights.

    Args:
        base: Which one.
        image_shape: Height, width and 3 channels.
        folder: What a relative path of weights starts from.

    Returns:
        A Keras model from uint8 images to features (batch, rows, columns, maps).

    Raises:
        DataNotObtainable: If the weights are not there and cannot be downloaded.
        UsageError: If they are not those of this network.
    """
    import keras

    network = _build_network(base, image_shape)
    if base.weights_file:
        _load_weights(network, base, folder / base.weights_file)
        _rescale_as_published(network, base.name)
    module = getattr(keras.applications, _MODULES[base.name])
    if base.weights == RANDOM:
        _draw_weights(network)
        _settle_statistics(network, module.preprocess_input, image_shape)
    network.trainable = False
    images = keras.Input(image_shape, dtype="uint8", name="pixels")
    pixels = module.preprocess_input(keras.ops.cast(images, "float32"))
    # Statistics of batch normalization stay those of the authors; random weights have
    # none to lose, and where they are trained there is no learning without.
    features = network(pixels, training=None if base.weights == RANDOM else False)
    model = keras.Model(images, features, name=base.name.lower())
    _probe(model, image_shape, base)
    return model


def unfreeze_last(model: Any, base: Base) -> None:
    """Let the last layers of a base be trained.

    Args:
        model: What `build_base` made.
        base: What it was made of, and how many layers to train.
    """
    import keras

    network = model.layers[-1]
    model.trainable = network.trainable = base.fine_tune_last > 0
    left = base.fine_tune_last
    for layer in reversed(network.layers):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = left > 0 and (not is_norm or base.weights == RANDOM)
        left -= bool(layer.weights) and not is_norm


def _build_network(base: Base, image_shape: tuple[int, ...]) -> Any:
    import keras

    if image_shape[-1] != 3:
        raise UsageError(
            f"base {base.name}: expected images of 3 channels.\n"
            f"Received {image_shape[-1]}. Take a recipe without a base."
        )
    build = partial(
        getattr(keras.applications, base.name),
        include_top=False,
        input_shape=image_shape,
    )
    try:
        network = build(weights=None)
    except ValueError as error:
        raise UsageError(f"base {base.name}: {error}") from None
    if base.weights != DOWNLOADED:
        return network
    try:
        return build(weights=DOWNLOADED)
    except Exception as error:
        # What a download raises depends on where it fails.
        raise DataNotObtainable(
            f"the weights of {base.name} could not be downloaded: {error}\n"
            "Put the file (the one without top) somewhere and say `weights: PATH.h5` "
            "in the recipe's base, or `weights: none` to start from random ones."
        ) from None


def _draw_weights(network: Any) -> None:
    """Draw kernels that keep the signal's size through any number of ReLUs (He).

    Keras' default shrinks it by half in each layer: after thirteen nothing is left that
    a head could learn from.
    """
    import keras

    for layer in network.layers:
        for variable in layer.weights:
            if len(variable.shape) == 4:
                depthwise = variable.name.startswith("depthwise")
                fan_in = math.prod(variable.shape[: 2 if depthwise else 3])
                drawn = keras.random.normal(variable.shape, stddev=(2 / fan_in) ** 0.5)
                variable.assign(drawn)


def _settle_statistics(
    network: Any, preprocess: Callable[[Any], Any], image_shape: tuple[int, ...]
) -> None:
    """Give batch normalization the statistics of drawn pictures.

    With those that it starts from it normalizes nothing: after fifty random layers the
    signal is a billionth of what came in.
    """
    import keras

    norms = [
        layer
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if not norms:
        return
    for norm in norms:
        norm.momentum = 0.0
    network(preprocess(_coloured_patches(image_shape)), training=True)
    for norm in norms:
        norm.momentum = MOMENTUM


def _coloured_patches(image_shape: tuple[int, ...]) -> Any:
    """Pictures of random colours, in patches of several sizes: float32, 0 to 255."""
    import keras
    import numpy as np

    random = np.random.default_rng(0)
    return keras.ops.concatenate(
        [
            keras.ops.image.resize(
                random.uniform(0, 255, (_PICTURES_EACH, patches, patches, 3)),
                image_shape[:2],
            )
            for patches in _PATCHES
        ]
    )


def _load_weights(network: Any, base: Base, path: Path) -> None:
    if not path.is_file():
        raise DataNotObtainable(
            f"the weights of {base.name}: there is no file {path}.\n"
            f"Put it there, or say `weights: {DOWNLOADED}` to let Keras download them, "
            f"or `weights: {RANDOM}` to start from random ones."
        )
    cause = _read_weights(network, path)
    if cause:
        raise UsageError(
            f"{path}: expected the weights of {base.name} without top, as HDF5.\n"
            f"Received others: {cause}"
        )


def _read_weights(network: Any, path: Path) -> str:
    """Take the numbers of a file; gives what is wrong with it, or nothing."""
    import numpy as np

    # Keras only warns of what a file lacks. Where it had nothing, this stays.
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


def _rescale_as_published(network: Any, name: str) -> None:
    """Do for a file what Keras does to EfficientNet's input for its own download alone.

    The published weights expect pixels divided by the deviation, not by its root; Keras
    adds a layer for that where `weights` is `imagenet`, and nowhere else.
    """
    import keras
    import numpy as np

    if not name.startswith("EfficientNetB"):
        return
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            deviation = np.array(_IMAGENET_DEVIATION)
            layer.adapt_variance.assign(layer.adapt_variance.numpy() * deviation)
            layer.finalize_state()


def _probe(model: Any, image_shape: tuple[int, ...], base: Base) -> None:
    """Refuse weights that turn different pictures into nothing, or into the same."""
    import numpy as np

    noise = np.random.default_rng(0).integers(0, 256, image_shape)
    ramp = np.broadcast_to(np.linspace(0, 255, image_shape[1])[:, None], image_shape)
    features = model.predict_on_batch(np.stack([noise, ramp]).astype(np.uint8))
    if not np.isfinite(features).all():
        found = "numbers that are not finite"
    elif not np.ptp(features, axis=0).any():
        found = "the same features for two different pictures"
    else:
        return
    raise UsageError(
        f"{base.weights}: expected weights with which {base.name} tells pictures "
        f"apart.\nReceived {found}."
    )
