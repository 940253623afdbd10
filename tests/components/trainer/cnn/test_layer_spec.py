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
        ("conv 32 dilated 2", LayerSpec("conv", 32, dilation=2)),
        ("separable 32 5x5 dilated 2", LayerSpec("separable", 32, 5, dilation=2)),
        ("conv 96 11x11 stride 4", LayerSpec("conv", 96, 11, 4)),
        ("conv 32 5x5 groups 2", LayerSpec("conv", 32, 5, groups=2)),
        ("pool", LayerSpec("pool", kernel=2, stride=2)),
        ("pool 3x3", LayerSpec("pool", kernel=3, stride=3)),
        ("mean pool", LayerSpec("mean pool", kernel=2, stride=2)),
        ("mean pool 3x3 stride 2", LayerSpec("mean pool", kernel=3, stride=2)),
        (
            "branches conv 8 1x1 | pool 3x3 stride 1, conv 4 1x1",
            LayerSpec(
                "branches",
                branches=(
                    (LayerSpec("conv", 8, 1),),
                    (LayerSpec("pool", kernel=3), LayerSpec("conv", 4, 1)),
                ),
            ),
        ),
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


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("conv 32 stride 2 dilated 2", "words like"),
        ("conv 9 groups 2", "groups that divide the filters"),
        ("separable 8 groups 2", "groups of `conv` alone"),
        ("branches conv 8", "two or more"),
        ("branches conv 8 | dense 8", "branches of conv, separable"),
        ("branches conv 8 | pool", "branches that divide the size alike"),
        ("branches conv 8 | branches conv 8", "words like|branches A"),
    ],
)
def test_impossible_layer_is_refused(words: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rf"layers: expected .*({rule})"):
        parse_layer(words)
