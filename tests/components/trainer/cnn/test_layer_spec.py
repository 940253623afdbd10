# SPDX-License-Identifier: Apache-2.0
"""Descriptions of layers."""

import pytest

from components.trainer.cnn.layer_spec import LayerSpec, parse_layer


@pytest.mark.parametrize(
    ("words", "spec"),
    [
        ("conv 32", LayerSpec("conv", 32)),
        ("conv 32 5x5 stride 2", LayerSpec("conv", 32, 5, 2)),
        ("separable 64 stride 2", LayerSpec("separable", 64, 3, 2)),
        ("residual 64 stride 2", LayerSpec("residual", 64, stride=2)),
        ("pool", LayerSpec("pool")),
        ("subsample", LayerSpec("subsample")),
        ("normalize", LayerSpec("normalize")),
        ("pad 2", LayerSpec("pad", 2)),
        ("dropout 0.5", LayerSpec("dropout", rate=0.5)),
        ("average", LayerSpec("average")),
        ("dense 256", LayerSpec("dense", 256)),
    ],
)
def test_layers_are_read_from_words(words: str, spec: LayerSpec) -> None:
    assert parse_layer(words) == spec
