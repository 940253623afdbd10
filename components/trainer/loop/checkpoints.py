# SPDX-License-Identifier: Apache-2.0
"""Checkpoint of a training, from which it resumes with the same numbers after a kill.

One file holds the history and every variable of the model and its optimizers: weights,
batch statistics, moments, averages, step counter, dropout seeds. The file is replaced
in one step, so a kill at any moment leaves the old checkpoint or the new one. What else
a training keeps in the folder belongs to it: if one file is damaged or gone, all are
removed, and the training starts over.

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
from numpy.typing import NDArray

from components.core.array_files import check_arrays, read_arrays, write_arrays
from components.core.errors import DamagedFile
from components.core.files import remove_unfinished
from components.trainer.loop.history import EpochRow
from components.trainer.loop.progress import print_status

STATE_FILE: Final = "state.npz"
_HISTORY: Final = "history"
_OTHER_FILES: Final = "other_files"
# Hidden ones are unfinished.
_ARRAY_FILES: Final = "[!.]*.npz"
_STARTS_OVER: Final = "The training starts over."


def save_state(folder: Path, model: keras.Model, history: list[EpochRow]) -> None:
    """Save a compiled model with its optimizers and history.

    Args:
        folder: Folder of the checkpoint; made if needed. Other .npz files below it are
            from now on part of the checkpoint.
        model: A compiled Keras model. A model with several optimizers lists them,
            built, in an attribute `optimizers`.
        history: One row per finished epoch.
    """
    variables = enumerate(_variables(model))
    write_arrays(
        folder / STATE_FILE,
        {
            _HISTORY: np.array(json.dumps(history)),
            _OTHER_FILES: np.array(json.dumps(_other_files(folder))),
            **{f"v{index}": variable.numpy() for index, variable in variables},
        },
    )


def restore_state(folder: Path, model: keras.Model) -> list[EpochRow]:
    """Restore a model and its optimizers to the state of `save_state`.

    A checkpoint with a damaged or missing file, or of another architecture, is removed
    with a line on the terminal.

    Args:
        folder: Folder of the checkpoint.
        model: A compiled model of the same architecture.

    Returns:
        The rows of the finished epochs; empty, and the model unchanged, if there is no
        sound checkpoint.
    """
    for part in (folder, *folder.glob("*/")):
        remove_unfinished(part)
    if not (folder / STATE_FILE).exists():
        # Of a training that was killed in its first epoch.
        _remove_checkpoint(folder)
        return []
    variables = _variables(model)
    try:
        history, values = _read_state(folder, [tuple(v.shape) for v in variables])
    except DamagedFile as error:
        print_status(" ".join(str(error).split()))
        _remove_checkpoint(folder)
        return []
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return history


def _read_state(
    folder: Path, shapes: list[tuple[int, ...]]
) -> tuple[list[EpochRow], list[NDArray[Any]]]:
    """Read history and variables; check the other files of the checkpoint."""
    file = folder / STATE_FILE
    state = read_arrays(file, _STARTS_OVER)
    try:
        history: list[EpochRow] = json.loads(str(state[_HISTORY]))
        others: list[str] = json.loads(str(state[_OTHER_FILES]))
        values = [state[f"v{index}"] for index in range(len(state) - 2)]
    except (KeyError, ValueError) as error:
        raise DamagedFile(
            file, f"it is no checkpoint ({error})", _STARTS_OVER
        ) from None
    if shapes != [value.shape for value in values]:
        raise DamagedFile(file, "it is that of another architecture", _STARTS_OVER)
    for other in others:
        if not (folder / other).exists():
            raise DamagedFile(file, f"{other} beside it is missing", _STARTS_OVER)
        check_arrays(folder / other, _STARTS_OVER)
    return history, values


def _other_files(folder: Path) -> list[str]:
    """Names of the other arrays that a training keeps beside its state."""
    names = (str(path.relative_to(folder)) for path in folder.rglob(_ARRAY_FILES))
    return sorted(name for name in names if name != STATE_FILE)


def _remove_checkpoint(folder: Path) -> None:
    for path in folder.rglob(_ARRAY_FILES):
        path.unlink()


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
