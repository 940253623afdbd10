# SPDX-License-Identifier: Apache-2.0
"""An architecture as a list of short words, and the Keras layers they stand for.

conv 32          convolution, 3x3, ReLU;  conv 32 5x5 stride 2: larger, strided
separable 64     the same, depthwise separable
pool             max pooling 2x2
average          global average over the image
dense 256        fully connected, ReLU
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.trainer.checks import expect
from components.trainer.normalization import batch_normalization

_WORDS = re.compile(
    r"(?P<kind>conv|separable) (?P<size>[1-9]\d*)( (?P<kernel>[1-9])x(?P=kernel))?"
    r"( stride (?P<stride>[1-9]))?|(?P<plain>pool|average)|dense (?P<units>[1-9]\d*)"
)


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network.

    Attributes:
        kind: `conv`, `separable`, `pool`, `average` or `dense`.
        size: Filters or units; 0 where there are none.
        kernel: Edge of the kernel.
        stride: Step of the kernel.
    """

    kind: str
    size: int = 0
    kernel: int = 3
    stride: int = 1


@dataclass(frozen=True)
class Trunk:
    """What holds for every layer of a network.

    Attributes:
        padding: `same` keeps the size of the image, `valid` trims it.
        batch_norm: Whether to normalise between convolution and ReLU.
    """

    padding: Literal["same", "valid"] = "same"
    batch_norm: bool = False


def read_layer(words: str) -> LayerSpec:
    """Read one layer.

    Raises:
        ValueError: If the words are not understood.

    Example:
        >>> read_layer("conv 32 5x5 stride 2")
        LayerSpec(kind='conv', size=32, kernel=5, stride=2)
    """
    found = _WORDS.fullmatch(words)
    examples = "'conv 32', 'conv 32 5x5 stride 2', 'separable 64', 'pool', 'dense 256'"
    expect(found is not None, "layers", f"words like {examples}", words)
    assert found is not None  # noqa: S101 - `expect` raised otherwise
    part = found.groupdict()
    if part["plain"]:
        return LayerSpec(part["plain"])
    if part["units"]:
        return LayerSpec("dense", int(part["units"]))
    kernel, stride = int(part["kernel"] or 3), int(part["stride"] or 1)
    return LayerSpec(part["kind"], int(part["size"]), kernel, stride)


def build_trunk(tensor: Any, specs: Sequence[LayerSpec], trunk: Trunk) -> Any:
    """Apply layers to an image tensor and flatten what is left of the image.

    Args:
        tensor: Keras tensor (batch, height, width, channels).
        specs: The layers, first to last.
        trunk: What holds for all of them.

    Returns:
        A Keras tensor (batch, features).
    """
    for spec in specs:
        tensor = _BUILDERS[spec.kind](tensor, spec, trunk)
    return _flat(tensor)


def _convolve(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    kinds = {"conv": keras.layers.Conv2D, "separable": keras.layers.SeparableConv2D}
    tensor = kinds[spec.kind](
        spec.size,
        spec.kernel,
        strides=spec.stride,
        padding=trunk.padding,
        # Batch normalisation has its own offset.
        use_bias=not trunk.batch_norm,
    )(tensor)
    if trunk.batch_norm:
        tensor = batch_normalization()(tensor)
    return keras.layers.ReLU()(tensor)


def _pool(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.MaxPooling2D(2)(tensor)


def _average(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.GlobalAveragePooling2D()(tensor)


def _dense(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.Dense(spec.size, activation="relu")(_flat(tensor))


def _flat(tensor: Any) -> Any:
    import keras

    return keras.layers.Flatten()(tensor) if len(tensor.shape) > 2 else tensor


_BUILDERS = {
    "conv": _convolve,
    "separable": _convolve,
    "pool": _pool,
    "average": _average,
    "dense": _dense,
}
