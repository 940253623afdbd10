# SPDX-License-Identifier: Apache-2.0
"""Curves and graph of a training in the files that TensorBoard reads.

They are written after the training, from its history, so those of a training that was
killed and resumed are whole. TensorBoard itself is not needed to write them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import keras
import tensorflow as tf

from components.trainer.loop.history import EpochRow

TENSORBOARD_FOLDER: Final = "tensorboard"
# Runs, which TensorBoard shows in one chart where their tags are the same.
TRAINING: Final = "train"
VALIDATION: Final = "validation"
_PREFIX: Final = "val_"
_SCALAR: Final = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
)


def write_tensorboard(
    history: Sequence[EpochRow], model: keras.Model, folder: Path
) -> None:
    """Write a folder `tensorboard` with the runs `train` and `validation`.

    Args:
        history: One row per epoch.
        model: The trained model, whose graph is written with the run `train`.
        folder: Folder in which it is made.
    """
    rows = [dict(row) for row in history]
    for row in rows:
        row.pop("epoch")
    measured = [_columns(row, is_validation=True) for row in rows]
    trained = [_columns(row, is_validation=False) for row in rows]
    logs = folder / TENSORBOARD_FOLDER
    with _writer(logs / TRAINING):
        _write_scalars(trained)
        inputs = [tf.TensorSpec(one.shape, one.dtype) for one in model.inputs]
        traced = tf.function(model).get_concrete_function(*inputs)
        tf.summary.graph(traced.graph)
    with _writer(logs / VALIDATION):
        _write_scalars(measured)


def _writer(folder: Path) -> tf.summary.SummaryWriter:
    return tf.summary.create_file_writer(str(folder)).as_default()


def _columns(row: EpochRow, is_validation: bool) -> EpochRow:
    """The columns of one run, without the prefix of validation."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in row.items()
        if name.startswith(_PREFIX) == is_validation
    }


def _write_scalars(rows: Sequence[EpochRow]) -> None:
    for epoch, row in enumerate(rows, start=1):
        for name, value in row.items():
            tf.summary.write(name, tf.constant(value), epoch, _SCALAR)
