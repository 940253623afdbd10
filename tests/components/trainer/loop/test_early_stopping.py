# SPDX-License-Identifier: Apache-2.0
"""When a training stops early."""

from pathlib import Path

import pytest

from components.trainer.loop.early_stopping import has_stalled, should_stop
from components.trainer.loop.history import column
from components.trainer.loop.params import EarlyStopping, Optimizer
from tests.support.training.tiny import train_plain


def test_training_ends_when_patience_does() -> None:
    def history(*losses: float) -> list[dict[str, float]]:
        return [{"val_loss": value} for value in losses]

    assert not has_stalled("val_loss", 2, history(5, 4, 6))
    assert has_stalled("val_loss", 2, history(5, 4, 6, 4.5))
    assert not has_stalled("val_loss", 0, history(1, 2, 3, 4))
    assert not has_stalled("val_loss", 2, [])


def test_highest_accuracy_or_lowest_loss_is_the_best() -> None:
    history = [
        {"val_loss": loss, "val_accuracy": accuracy}
        for loss, accuracy in ((1.0, 0.5), (0.9, 0.8), (0.8, 0.7))
    ]

    assert should_stop(EarlyStopping(1, "val_accuracy"), history)
    assert not should_stop(EarlyStopping(1), history)


@pytest.mark.slow
def test_classifier_stops_and_has_the_weights_of_its_best_epoch(tmp_path: Path) -> None:
    # A rate at which the loss soon rises.
    trained = train_plain(
        tmp_path,
        epochs=20,
        early_stopping=EarlyStopping(patience=2),
        optimizer=Optimizer(name="sgd", learning_rate=0.5),
    )
    losses = column(trained.history, "val_loss")

    assert len(losses) < 20
    assert trained.outcome.details["best_epoch"] == len(losses) - 2
    assert trained.outcome.validation["log_loss"] == pytest.approx(min(losses))
