# SPDX-License-Identifier: Apache-2.0
"""Learning rates that follow the loss."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.loop.adaptive_rate import next_rate
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.history import EpochRow, column
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.params import Optimizer

RAISING = Optimizer(
    learning_rate=0.1, schedule="raise_while_falling", raise_by=1.1, lower_by=0.5
)
LOWERING = Optimizer(
    learning_rate=0.1, schedule="reduce_on_plateau", lower_by=0.5, patience=2
)


@pytest.mark.parametrize(
    ("losses", "factor"),
    [
        ((3.0,), 1.0),
        ((3.0, 2.0), 1.1),
        ((2.0, 3.0), 0.5),
        ((2.0, 2.0), 1.0),
        ((2.0, float("nan")), 0.5),
    ],
)
def test_rate_rises_while_the_loss_falls(
    losses: tuple[float, ...], factor: float
) -> None:
    history = [{"loss": loss, "learning_rate": 0.1} for loss in losses]

    assert next_rate(RAISING, history) == pytest.approx(0.1 * factor)


def test_rate_falls_where_the_validation_loss_stalls_and_the_count_starts_again() -> (
    None
):
    assert _rates(LOWERING, [5, 4, 4.5, 4.2, 4.1, 4.3, 3, 3.5]) == pytest.approx(
        [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    )


def test_training_loss_decides_where_there_is_no_validation_loss() -> None:
    rows = [{"loss": loss, "learning_rate": 0.1} for loss in (1.0, 2.0, 2.0)]

    assert next_rate(LOWERING, rows) == pytest.approx(0.05)


def test_adaptive_rate_goes_on_where_a_finished_epoch_left_it(tmp_path: Path) -> None:
    first = _train(tmp_path, num_epochs=2)
    both = _train(tmp_path, num_epochs=3)

    rates = column(both, "learning_rate")
    assert both[:2] == first
    assert rates[0] == pytest.approx(0.1)
    assert rates[2] == pytest.approx(next_rate(RAISING, both[:2]))
    assert rates[2] != pytest.approx(0.1)


def _train(folder: Path, num_epochs: int) -> list[EpochRow]:
    """Train a linear model with a rate that follows its loss."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(make_optimizer(RAISING, num_epochs), "mse", jit_compile=False)
    batch = np.ones((4, 1), np.float32)
    dataset = tf.data.Dataset.from_tensors((batch, batch)).repeat()
    settings = FitSettings(num_epochs, num_steps=1, checkpoints=folder)
    return fit(model, lambda epoch: dataset, settings, lambda model: {})


def _rates(settings: Optimizer, losses: list[float]) -> list[float]:
    """Rates of the epochs that had these losses."""
    rate, history = settings.learning_rate, list[EpochRow]()
    for loss in losses:
        history.append({"loss": 0.0, "val_loss": loss, "learning_rate": rate})
        rate = next_rate(settings, history)
    return column(history, "learning_rate")
