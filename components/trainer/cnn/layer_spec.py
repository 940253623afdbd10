# SPDX-License-Identifier: Apache-2.0
"""Textual description of a network: one layer per line, as in params.yaml.

conv 32          convolution, 3x3, ReLU;  conv 32 5x5 stride 2: larger, strided
                 conv 32 dilated 2: every second pixel under the kernel
                 conv 32 groups 2: each half of the filters sees half of the maps
separable 64     depthwise separable convolution (Chollet 2017), options as of conv but
                 `groups`
residual 64      two convolutions and a shortcut (He et al. 2016);  residual 64 stride 2
branches A, B | C    layers A, B and beside them C, on the same input and padded to its
                 size; their maps are joined (Inception, Szegedy et al. 2015), as in
                 branches conv 64 1x1 | conv 16 1x1, conv 32 5x5 | pool 3x3 stride 1
pool             max pooling 2x2;  pool 3x3 stride 2: overlapping
mean pool        average pooling, options as of pool
subsample        average pooling 2x2, then a trained factor and offset per map (LeNet)
average          global average pooling
normalize        batch normalization
pad 2            two rows and columns of zeros at each side
dense 256        fully connected, ReLU
dropout 0.5      dropout rate
"""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from components.core.checks import expect

Activation = Literal[
    "relu",
    "tanh",
    "sigmoid",
    "leaky",
    "prelu",
    "softplus",
    "swish",
    "linear",
    "absolute",
]

_PATTERN: Final = re.compile(
    r"(?P<kind>conv|separable) (?P<size>[1-9]\d*)"
    r"( (?P<kernel>[1-9]\d?)x(?P=kernel))?"
    r"( stride (?P<stride>[1-9])| dilated (?P<dilation>[1-9]))?"
    r"( groups (?P<groups>[1-9]\d*))?"
    r"|(?P<block>residual) (?P<maps>[1-9]\d*)( stride (?P<step>[1-9]))?"
    r"|(?P<pool>pool|mean pool)"
    r"( (?P<window>[1-9])x(?P=window)( stride (?P<shift>[1-9]))?)?"
    r"|(?P<plain>subsample|average|normalize)"
    r"|(?P<sized>dense|pad) (?P<units>[1-9]\d*)|dropout (?P<rate>0\.\d+)"
)
_BRANCHES: Final = "branches "
# Layers without weights that do the same in training and inference.
POOLING: Final = ("pool", "mean pool", "average")
# Layers inside of a branch, which keep or divide height and width alike.
_IN_BRANCHES: Final = (
    *("conv", "separable", "residual", "pool", "mean pool"),
    *("normalize", "dropout"),
)
# Side and stride of a pooling without others.
_WINDOW: Final = 2


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

    dilation: int = 1
    """Distance of the pixels under the kernel."""

    groups: int = 1
    """Parts of the maps that are convolved apart."""

    branches: "tuple[tuple[LayerSpec, ...], ...]" = ()
    """Layers of each branch of `branches`."""


def parse_layer(text: str) -> LayerSpec:
    """Parse the description of one layer.

    Raises:
        ValueError: If the description is not valid.

    Example:
        >>> parse_layer("conv 32 5x5 stride 2").kernel
        5
    """
    if text.startswith(_BRANCHES):
        return _parse_branches(text)
    match = _PATTERN.fullmatch(text)
    examples = "'conv 32', 'conv 32 5x5 stride 2', 'separable 64', 'pool', 'dense 256'"
    expect(match is not None, "layers", f"words like {examples}", text)
    assert match is not None  # noqa: S101 - `expect` raised otherwise
    part = match.groupdict()
    if part["plain"]:
        return LayerSpec(part["plain"])
    if part["pool"]:
        window = int(part["window"] or _WINDOW)
        return LayerSpec(part["pool"], 0, window, int(part["shift"] or window))
    if part["sized"]:
        return LayerSpec(part["sized"], int(part["units"]))
    if part["rate"]:
        return LayerSpec("dropout", rate=float(part["rate"]))
    if part["block"]:
        return LayerSpec("residual", int(part["maps"]), stride=int(part["step"] or 1))
    return _convolution(text, part)


def _convolution(text: str, part: dict[str, str | None]) -> LayerSpec:
    spec = LayerSpec(
        kind=part["kind"] or "",
        size=int(part["size"] or 0),
        kernel=int(part["kernel"] or 3),
        stride=int(part["stride"] or 1),
        dilation=int(part["dilation"] or 1),
        groups=int(part["groups"] or 1),
    )
    is_whole = spec.size % spec.groups == 0
    expect(is_whole, "layers", "groups that divide the filters", text)
    is_plain = spec.kind == "conv" or spec.groups == 1
    expect(is_plain, "layers", "groups of `conv` alone", text)
    return spec


def _parse_branches(text: str) -> LayerSpec:
    branches = tuple(
        tuple(parse_layer(layer.strip()) for layer in branch.split(","))
        for branch in text.removeprefix(_BRANCHES).split("|")
    )
    expect(len(branches) > 1, "layers", "branches A | B: two or more", text)
    kinds = {layer.kind for branch in branches for layer in branch}
    allowed = ", ".join(_IN_BRANCHES)
    is_fit = kinds <= set(_IN_BRANCHES)
    expect(is_fit, "layers", f"branches of {allowed} alone", text)
    strides = [math.prod(layer.stride for layer in branch) for branch in branches]
    is_equal = len(set(strides)) == 1
    expect(is_equal, "layers", "branches that divide the size alike", text)
    return LayerSpec("branches", stride=strides[0], branches=branches)
