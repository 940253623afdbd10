# SPDX-License-Identifier: Apache-2.0
"""What a training must keep to go on after kill -9 as if nothing had happened.

One file holds every variable of model and optimizers (weights, batch statistics,
moments, running averages, step counter, dropout seeds) and the history so far. It is
replaced in one step, so a kill at any moment leaves the old one or the new one.
"""

import json
import os
from pathlib import Path
from typing import Any

from components.trainer.loop.history import EpochRow

STATE_FILE = "state.npz"
_HISTORY = "history"


def save_state(folder: Path, model: Any, history: list[EpochRow]) -> None:
    """Save a compiled model with its optimizers and history.

    Args:
        folder: Where to; made if it is missing.
        model: A compiled Keras model. One that several optimizers train lists them,
            built, as `optimizers`.
        history: One row per finished epoch.
    """
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{STATE_FILE}.part"
    arrays: dict[str, Any] = {_HISTORY: np.array(json.dumps(history))}
    for index, variable in enumerate(_variables(model)):
        arrays[f"v{index}"] = variable.numpy()
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(unfinished, folder / STATE_FILE)


def restore_state(folder: Path, model: Any) -> list[EpochRow]:
    """Put a model and its optimizers back to where `save_state` left them.

    Args:
        folder: Where `save_state` wrote to.
        model: A compiled model of the same architecture.

    Returns:
        The rows of the finished epochs; none, and nothing changed, without a state.

    Raises:
        ValueError: If the state is that of another architecture.
    """
    import numpy as np

    file = folder / STATE_FILE
    if not file.exists():
        return []
    variables = _variables(model)
    with np.load(file) as state:
        history: list[EpochRow] = json.loads(str(state[_HISTORY]))
        values = [state[f"v{i}"] for i in range(len(state.files) - 1)]
    if [tuple(v.shape) for v in variables] != [v.shape for v in values]:
        raise ValueError(
            f"the checkpoint in {folder} belongs to another architecture.\n"
            "Remove that folder to train from the start."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return history


def _variables(model: Any) -> list[Any]:
    variables = list(model.variables)
    for optimizer in _optimizers(model):
        variables += optimizer.variables
    return variables


def _optimizers(model: Any) -> list[Any]:
    if hasattr(model, "optimizers"):
        return list(model.optimizers)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return [model.optimizer]
