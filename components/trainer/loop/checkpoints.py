# SPDX-License-Identifier: Apache-2.0
"""Checkpoint of a training, from which it resumes with the same numbers after a kill.

One file holds the history and every variable of the model and its optimizers: weights,
batch statistics, moments, averages, step counter, dropout seeds. The file is replaced
in one step, so a kill at any moment leaves the old checkpoint or the new one.

It is our own because those of the libraries lose the state of dropout: neither
`tf.train.CheckpointManager` nor Keras' `save_weights` and `.keras` files (which
`ModelCheckpoint` and `BackupAndRestore` write) hold the seed of a layer's SeedGenerator
(TensorFlow 2.21, Keras 3.15), and a resumed training would draw other masks.
"""

import json
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from components.core.files import replace_atomically
from components.trainer.loop.history import EpochRow

STATE_FILE: Final = "state.npz"
_HISTORY: Final = "history"


def save_state(folder: Path, model: keras.Model, history: list[EpochRow]) -> None:
    """Save a compiled model with its optimizers and history.

    Args:
        folder: Folder of the checkpoint; made if needed.
        model: A compiled Keras model. A model with several optimizers lists them,
            built, in an attribute `optimizers`.
        history: One row per finished epoch.
    """
    variables = enumerate(_variables(model))
    save_arrays(
        folder / STATE_FILE,
        {
            _HISTORY: np.array(json.dumps(history)),
            **{f"v{index}": variable.numpy() for index, variable in variables},
        },
    )


def restore_state(folder: Path, model: keras.Model) -> list[EpochRow]:
    """Restore a model and its optimizers to the state of `save_state`.

    Args:
        folder: Folder of the checkpoint.
        model: A compiled model of the same architecture.

    Returns:
        The rows of the finished epochs; empty, and the model unchanged, if there is no
        checkpoint.

    Raises:
        ValueError: If the checkpoint is that of another architecture.
    """
    file = folder / STATE_FILE
    if not file.exists():
        return []
    variables = _variables(model)
    with np.load(file) as state:
        history: list[EpochRow] = json.loads(str(state[_HISTORY]))
        values = [state[f"v{i}"] for i in range(len(state.files) - 1)]
    if [tuple(v.shape) for v in variables] != [v.shape for v in values]:
        raise ValueError(
            f"the checkpoint in {folder} is that of another architecture.\n"
            "Remove that folder to train from the start."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return history


def save_arrays(file: Path, arrays: dict[str, Any]) -> None:
    """Write an .npz file, replacing an older one in one step.

    Args:
        file: The file; its folder is made if needed.
        arrays: Arrays by name.
    """
    # A stream, because NumPy appends `.npz` to other names.
    with replace_atomically(file) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, **arrays)


def _variables(model: keras.Model) -> list[keras.Variable]:
    variables = list(model.variables)
    for optimizer in _optimizers(model):
        variables += optimizer.variables
    return variables


def _optimizers(model: keras.Model) -> list[keras.optimizers.Optimizer]:
    if hasattr(model, "optimizers"):
        return list(model.optimizers)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [model.optimizer]
