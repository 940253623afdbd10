# SPDX-License-Identifier: Apache-2.0
"""Checkpoint of a training."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.trainer.loop.checkpoints import STATE_FILE, restore_state, save_state

HISTORY = [{"epoch": 1, "loss": 0.5}]


def _compiled(units: int = 3) -> Any:
    inputs = keras.Input((4,))
    tensor = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(units)(tensor))
    model.compile(keras.optimizers.Adam(use_ema=True), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _state(model: Any) -> list[np.ndarray]:
    variables = [*model.variables, *model.optimizer.variables]
    return [variable.numpy() for variable in variables]


def test_every_variable_comes_back(tmp_path: Path) -> None:
    saved, restored = _compiled(), _compiled()
    for number, variable in enumerate([*saved.variables, *saved.optimizer.variables]):
        variable.assign(np.full(variable.shape, number))
    save_state(tmp_path, saved, HISTORY)

    assert restore_state(tmp_path, restored) == HISTORY

    for left, right in zip(_state(saved), _state(restored), strict=True):
        np.testing.assert_array_equal(left, right)
    # Dropout's seed is part of it: 4 weights of normalization, 2 of the layer.
    assert len(saved.variables) == 7


def test_without_a_state_nothing_changes(tmp_path: Path) -> None:
    model = _compiled()
    before = _state(model)

    assert restore_state(tmp_path, model) == []

    for left, right in zip(before, _state(model), strict=True):
        np.testing.assert_array_equal(left, right)


def test_half_written_state_does_not_count(tmp_path: Path) -> None:
    (tmp_path / f"{STATE_FILE}.part").write_bytes(b"half")

    assert restore_state(tmp_path, _compiled()) == []


def test_state_of_another_architecture_is_refused(tmp_path: Path) -> None:
    save_state(tmp_path, _compiled(), HISTORY)

    with pytest.raises(ValueError, match=r"another architecture(.|\n)*Remove that"):
        restore_state(tmp_path, _compiled(units=5))
