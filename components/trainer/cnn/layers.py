# SPDX-License-Identifier: Apache-2.0
"""An architecture as a list of short words, and the Keras layers they stand for.

conv 32          convolution, 3x3, ReLU;  conv 32 5x5 stride 2: larger, strided
separable 64     the same, depthwise separable
residual 64      two convolutions and a way around them;  residual 64 stride 2: halved
pool             max pooling 2x2
subsample        average of 2x2, times a learned number per map, plus another (LeNet)
average          global average over the image
normalize        batch normalization
pad 2            two rows and columns of zeros at each side
dense 256        fully connected, ReLU
dropout 0.5      share of numbers hidden at each training step
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from components.core.checks import expect
from components.trainer.images.batch_normalization import MOMENTUM, batch_normalization

_WORDS = re.compile(
    r"(?P<kind>conv|separable) (?P<size>[1-9]\d*)( (?P<kernel>[1-9])x(?P=kernel))?"
    r"( stride (?P<stride>[1-9]))?"
    r"|(?P<block>residual) (?P<maps>[1-9]\d*)( stride (?P<step>[1-9]))?"
    r"|(?P<plain>pool|subsample|average|normalize)"
    r"|(?P<sized>dense|pad) (?P<units>[1-9]\d*)|dropout (?P<share>0\.\d+)"
)
# Layers that have nothing to learn and do the same at each step.
POOLING: Final = ("pool", "average")


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network.

    Attributes:
        kind: The first word.
        size: Filters, units or rows; 0 where there are none.
        kernel: Edge of the kernel.
        stride: Step of the kernel.
        share: Of `dropout`.
    """

    kind: str
    size: int = 0
    kernel: int = 3
    stride: int = 1
    share: float = 0.0


@dataclass(frozen=True)
class Trunk:
    """What holds for every layer of a network.

    Attributes:
        padding: `same` keeps the size of the image, `valid` trims it.
        batch_norm: Whether to normalise between convolution and activation.
        activation: What follows each convolution, subsampling and dense layer.
    """

    padding: Literal["same", "valid"] = "same"
    batch_norm: bool = False
    activation: Literal["relu", "tanh"] = "relu"


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
    if part["sized"]:
        return LayerSpec(part["sized"], int(part["units"]))
    if part["share"]:
        return LayerSpec("dropout", share=float(part["share"]))
    if part["block"]:
        return LayerSpec("residual", int(part["maps"]), stride=int(part["step"] or 1))
    kernel, stride = int(part["kernel"] or 3), int(part["stride"] or 1)
    return LayerSpec(part["kind"], int(part["size"]), kernel, stride)


def build_trunk(tensor: Any, specs: Sequence[LayerSpec], trunk: Trunk) -> Any:
    """Apply layers to a tensor.

    Args:
        tensor: Keras tensor (batch, height, width, channels), or (batch, features).
        specs: The layers, first to last.
        trunk: What holds for all of them.

    Returns:
        A Keras tensor: still an image of features if no layer made it flat.
    """
    for spec in specs:
        tensor = _BUILDERS[spec.kind](tensor, spec, trunk)
    return tensor


def flat(tensor: Any) -> Any:
    """Flatten what is left of an image; a flat tensor stays as it is."""
    import keras

    return keras.layers.Flatten()(tensor) if len(tensor.shape) > 2 else tensor


def _convolve(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    return _activate(_convolve_linearly(tensor, spec, trunk), trunk)


def _residual(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    # The sizes of both ways must agree, whatever the trunk does elsewhere.
    same = replace(trunk, padding="same")
    first = LayerSpec("conv", spec.size, stride=spec.stride)
    changed = _convolve(tensor, first, same)
    changed = _convolve_linearly(changed, LayerSpec("conv", spec.size), same)
    if spec.stride > 1 or tensor.shape[-1] != spec.size:
        around = LayerSpec("conv", spec.size, kernel=1, stride=spec.stride)
        tensor = _convolve_linearly(tensor, around, same)
    return _activate(keras.layers.Add()([tensor, changed]), trunk)


def _convolve_linearly(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
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
    return batch_normalization()(tensor) if trunk.batch_norm else tensor


def _activate(tensor: Any, trunk: Trunk) -> Any:
    import keras

    if trunk.activation == "relu":
        return keras.layers.ReLU()(tensor)
    return keras.layers.Activation(trunk.activation)(tensor)


def _pool(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.MaxPooling2D(2)(tensor)


def _subsample(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    averaged = keras.layers.AveragePooling2D(2)(tensor)
    # A kernel of one pixel: one factor and one offset for each map.
    scaled = keras.layers.DepthwiseConv2D(1, depthwise_initializer="ones")(averaged)
    return _activate(scaled, trunk)


def _average(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.GlobalAveragePooling2D()(tensor)


def _pad(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.ZeroPadding2D(spec.size)(tensor)


def _dense(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.Dense(spec.size, activation=trunk.activation)(flat(tensor))


def _normalize(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    if len(tensor.shape) == 4:
        return batch_normalization()(tensor)
    return keras.layers.BatchNormalization(momentum=MOMENTUM)(tensor)


def _dropout(tensor: Any, spec: LayerSpec, trunk: Trunk) -> Any:
    import keras

    return keras.layers.Dropout(spec.share)(tensor)


_BUILDERS = {
    "conv": _convolve,
    "separable": _convolve,
    "residual": _residual,
    "pool": _pool,
    "subsample": _subsample,
    "average": _average,
    "pad": _pad,
    "dense": _dense,
    "normalize": _normalize,
    "dropout": _dropout,
}
