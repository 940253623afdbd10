# SPDX-License-Identifier: Apache-2.0
"""Textual description of a network: one layer per line, as in params.yaml.

conv 32          convolution, 3x3, ReLU;  conv 32 5x5 stride 2: larger, strided
separable 64     depthwise separable convolution (Chollet 2017), options as of conv
residual 64      two convolutions and a shortcut (He et al. 2016);  residual 64 stride 2
pool             max pooling 2x2
subsample        average pooling 2x2, then a trained factor and offset per map (LeNet)
average          global average pooling
normalize        batch normalization
pad 2            two rows and columns of zeros at each side
dense 256        fully connected, ReLU
dropout 0.5      dropout rate
"""

import re
from dataclasses import dataclass
from typing import Final

from components.core.checks import expect

_PATTERN: Final = re.compile(
    r"(?P<kind>conv|separable) (?P<size>[1-9]\d*)( (?P<kernel>[1-9])x(?P=kernel))?"
    r"( stride (?P<stride>[1-9]))?"
    r"|(?P<block>residual) (?P<maps>[1-9]\d*)( stride (?P<step>[1-9]))?"
    r"|(?P<plain>pool|subsample|average|normalize)"
    r"|(?P<sized>dense|pad) (?P<units>[1-9]\d*)|dropout (?P<rate>0\.\d+)"
)
# Layers without weights that do the same in training and inference.
POOLING: Final = ("pool", "average")


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network."""

    kind: str
    """First word of the description."""

    size: int = 0
    """Filters, units, or rows of padding; 0 if the kind has none."""

    kernel: int = 3
    """Height and width of the kernel."""

    stride: int = 1
    """Stride of the kernel."""

    rate: float = 0.0
    """Rate of `dropout`."""


def parse_layer(text: str) -> LayerSpec:
    """Parse the description of one layer.

    Raises:
        ValueError: If the description is not valid.

    Example:
        >>> parse_layer("conv 32 5x5 stride 2")
        LayerSpec(kind='conv', size=32, kernel=5, stride=2, rate=0.0)
    """
    match = _PATTERN.fullmatch(text)
    examples = "'conv 32', 'conv 32 5x5 stride 2', 'separable 64', 'pool', 'dense 256'"
    expect(match is not None, "layers", f"words like {examples}", text)
    assert match is not None  # noqa: S101 - `expect` raised otherwise
    part = match.groupdict()
    if part["plain"]:
        return LayerSpec(part["plain"])
    if part["sized"]:
        return LayerSpec(part["sized"], int(part["units"]))
    if part["rate"]:
        return LayerSpec("dropout", rate=float(part["rate"]))
    if part["block"]:
        return LayerSpec("residual", int(part["maps"]), stride=int(part["step"] or 1))
    kernel, stride = int(part["kernel"] or 3), int(part["stride"] or 1)
    return LayerSpec(part["kind"], int(part["size"]), kernel, stride)
