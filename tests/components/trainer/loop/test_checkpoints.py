# SPDX-License-Identifier: Apache-2.0
"""Checkpoint of a training."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.core.array_files import write_arrays
from components.trainer.loop.best_weights import BEST_FILE, BestWeights
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


def test_what_a_killed_training_left_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    for name in (f".7.part-{STATE_FILE}", BEST_FILE, "samples/.7.part-1.npz"):
        (tmp_path / name).write_bytes(b"half")

    assert restore_state(tmp_path, _compiled()) == []

    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def _halve(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip_bits(file: Path) -> None:
    content = bytearray(file.read_bytes())
    # One alone may be a flag of the archive, which changes nothing.
    for position in range(0, len(content), 100):
        content[position] ^= 1
    file.write_bytes(content)


def _of_another_shape(file: Path) -> None:
    write_arrays(file, {"history": np.array("[]"), "other_files": np.array("[]")})


def _of_other_things(file: Path) -> None:
    write_arrays(file, {"w0": np.zeros(3)})


def _save_all(folder: Path) -> None:
    """Save a checkpoint with best weights and samples."""
    write_arrays(folder / BEST_FILE, {"score": np.array(1.0), "w0": np.zeros(3)})
    write_arrays(folder / "samples" / "1.npz", {"images": np.zeros(3)})
    save_state(folder, _compiled(), HISTORY)


def test_weights_are_the_best_only_with_a_lower_score(tmp_path: Path) -> None:
    best = BestWeights(tmp_path)
    best.offer(float("nan"), [np.full(2, 0.0)])
    with pytest.raises(ValueError, match="no epoch had a finite validation score"):
        best.load()
    for score in (0.5, float("nan"), 0.5, 0.7, 0.4):
        best.offer(score, [np.full(2, score)])
        if score == 0.5:
            best.offer(0.5, [np.full(2, -1.0)])
            np.testing.assert_array_equal(best.load(), [np.full(2, 0.5)])
    assert best.score == 0.4
    np.testing.assert_array_equal(best.load(), [np.full(2, 0.4)])


DAMAGES = (_halve, _empty, _flip_bits)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *product((STATE_FILE, BEST_FILE, "samples/1.npz"), DAMAGES),
        (STATE_FILE, _of_another_shape),
        (STATE_FILE, _of_other_things),
        (BEST_FILE, Path.unlink),
        ("samples/1.npz", Path.unlink),
    ],
)
def test_training_starts_over_when_a_file_is_damaged(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    damage: Callable[[Path], None],
) -> None:
    _save_all(tmp_path)
    assert restore_state(tmp_path, _compiled()) == HISTORY
    damage(tmp_path / name)
    model = _compiled()
    before = _state(model)

    assert restore_state(tmp_path, model) == []

    (line,) = capsys.readouterr().out.splitlines()
    assert name in line
    assert line.endswith("The training starts over.")
    assert not list(tmp_path.rglob("*.npz"))
    for left, right in zip(before, _state(model), strict=True):
        np.testing.assert_array_equal(left, right)


def test_state_of_another_architecture_does_not_block(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_state(tmp_path, _compiled(), HISTORY)

    assert restore_state(tmp_path, _compiled(units=5)) == []

    assert "another architecture" in capsys.readouterr().out
