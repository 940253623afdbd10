# SPDX-License-Identifier: Apache-2.0
"""Files for TensorBoard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from components.trainer.loop.tensorboard import write_tensorboard


def test_curves_and_graph_are_read_back(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="last")])
    history = [
        {"epoch": epoch, "loss": 1 / epoch, "val_loss": 2 / epoch} for epoch in (1, 2)
    ]

    write_tensorboard(history, model, tmp_path)

    assert _curve(tmp_path / "tensorboard" / "train") == {1: 1.0, 2: 0.5}
    assert _curve(tmp_path / "tensorboard" / "validation") == {1: 2.0, 2: 1.0}
    [graph] = [
        event.graph_def
        for event in _events(tmp_path / "tensorboard" / "train")
        if event.graph_def
    ]
    nodes = tf.compat.v1.GraphDef.FromString(graph).node
    assert any("last" in node.name and node.op == "MatMul" for node in nodes)


def _curve(folder: Path) -> dict[int, float]:
    """Step -> value of the tag `loss`, which must be a scalar of TensorBoard."""
    values = {}
    for event in _events(folder):
        for value in event.summary.value:
            assert value.tag == "loss"
            number = float(tf.make_ndarray(value.tensor))
            values[event.step] = number
    return values


def _events(folder: Path) -> Iterator[Any]:
    [file] = folder.iterdir()
    return iter(list(tf.compat.v1.train.summary_iterator(str(file))))
