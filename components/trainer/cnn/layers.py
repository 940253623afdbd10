# SPDX-License-Identifier: Apache-2.0
"""Keras layers of a textual network description (layer_spec.py).

Tensors are feature maps (n, height, width, channels), or flat (n, features).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import keras

from components.trainer.cnn.activations import activate, dense
from components.trainer.cnn.layer_spec import Activation, LayerSpec
from components.trainer.images.batch_normalization import (
    MOMENTUM,
    FusedBatchNormalization,
)


@dataclass(frozen=True)
class LayerOptions:
    """Options of all layers of a network."""

    padding: Literal["same", "valid"] = "same"
    """Padding of the convolutions: `same` keeps height and width."""

    batch_norm: bool = False
    """Batch normalization between each convolution and its activation."""

    activation: Activation = "relu"
    """Activation after each convolution, subsampling and dense layer."""

    pool_padding: Literal["same", "valid"] = "valid"
    """Padding of the poolings."""

    l1: float = 0.0
    """Weight of the sum of the absolute weights in the loss."""

    @property
    def regularizer(self) -> keras.regularizers.Regularizer | None:
        """What each kernel adds to the loss, if anything."""
        return keras.regularizers.L1(self.l1) if self.l1 else None


def apply_layers(
    tensor: keras.KerasTensor, specs: Sequence[LayerSpec], options: LayerOptions
) -> keras.KerasTensor:
    """Apply layers to a tensor.

    Args:
        tensor: (n, height, width, channels) or (n, features).
        specs: The layers, first to last.
        options: Options of all of them.

    Returns:
        (n, rows, columns, maps) if no layer flattened it, else (n, features).
    """
    for spec in specs:
        tensor = _BUILDERS[spec.kind](tensor, spec, options)
    return tensor


def flatten(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Flatten feature maps to (n, features); a flat tensor stays as it is."""
    return keras.layers.Flatten()(tensor) if len(tensor.shape) > 2 else tensor


def _convolution(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    return _activate(_linear_convolution(tensor, spec, options), options)


def _residual(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    # Both branches need the same size, whatever the padding of the other layers.
    same = replace(options, padding="same")
    first = LayerSpec("conv", spec.size, stride=spec.stride)
    residual = _convolution(tensor, first, same)
    residual = _linear_convolution(residual, LayerSpec("conv", spec.size), same)
    if spec.stride > 1 or tensor.shape[-1] != spec.size:
        projection = LayerSpec("conv", spec.size, kernel=1, stride=spec.stride)
        tensor = _linear_convolution(tensor, projection, same)
    return _activate(keras.layers.Add()([tensor, residual]), options)


def _branches(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    # All branches need the same size, whatever the padding of the other layers.
    same = replace(options, padding="same", pool_padding="same")
    outputs = [apply_layers(tensor, branch, same) for branch in spec.branches]
    return keras.layers.Concatenate()(outputs)


def _linear_convolution(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    kinds = {"conv": keras.layers.Conv2D, "separable": keras.layers.SeparableConv2D}
    tensor = kinds[spec.kind](
        spec.size,
        spec.kernel,
        strides=spec.stride,
        padding=options.padding,
        dilation_rate=spec.dilation,
        **_kernel_options(spec, options),
        # Batch normalization has an offset of its own.
        use_bias=not options.batch_norm,
    )(tensor)
    return FusedBatchNormalization()(tensor) if options.batch_norm else tensor


def _kernel_options(spec: LayerSpec, options: LayerOptions) -> dict[str, Any]:
    """Options of the kernels of a convolution, of which a separable one has two."""
    regularizer = options.regularizer
    if spec.kind == "conv":
        return {"groups": spec.groups, "kernel_regularizer": regularizer}
    return {
        "depthwise_regularizer": regularizer,
        "pointwise_regularizer": regularizer,
    }


def _activate(tensor: keras.KerasTensor, options: LayerOptions) -> keras.KerasTensor:
    return activate(tensor, options.activation)


def _pool(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    kinds = {
        "pool": keras.layers.MaxPooling2D,
        "mean pool": keras.layers.AveragePooling2D,
    }
    pooling = kinds[spec.kind](spec.kernel, spec.stride, padding=options.pool_padding)
    return pooling(tensor)


def _subsample(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    pooled = keras.layers.AveragePooling2D(2)(tensor)
    # A depthwise kernel of one pixel: one factor and one offset per map.
    scaled = keras.layers.DepthwiseConv2D(1, depthwise_initializer="ones")(pooled)
    return _activate(scaled, options)


def _average(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    return keras.layers.GlobalAveragePooling2D()(tensor)


def _pad(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    return keras.layers.ZeroPadding2D(spec.size)(tensor)


def _dense(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    regularizer = options.regularizer
    return dense(flatten(tensor), spec.size, options.activation, regularizer)


def _normalize(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    if len(tensor.shape) == 4:
        return FusedBatchNormalization()(tensor)
    return keras.layers.BatchNormalization(momentum=MOMENTUM)(tensor)


def _dropout(
    tensor: keras.KerasTensor, spec: LayerSpec, options: LayerOptions
) -> keras.KerasTensor:
    return keras.layers.Dropout(spec.rate)(tensor)


_BUILDERS = {
    "conv": _convolution,
    "separable": _convolution,
    "residual": _residual,
    "branches": _branches,
    "pool": _pool,
    "mean pool": _pool,
    "subsample": _subsample,
    "average": _average,
    "pad": _pad,
    "dense": _dense,
    "normalize": _normalize,
    "dropout": _dropout,
}
