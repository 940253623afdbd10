# SPDX-License-Identifier: Apache-2.0
"""Training loop of every model family: Keras' `fit`, resumable after a kill.

After each epoch the model is validated, a checkpoint is written and a line of metrics
is printed. A training that was killed resumes at the first unfinished epoch.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from components.trainer.loop.adaptive_rate import update_rates
from components.trainer.loop.checkpoints import restore_state, save_state
from components.trainer.loop.history import EpochRow
from components.trainer.loop.progress import TrainingProgress, print_status

# Model -> columns of the history, whose names begin with `val_`.
Validate = Callable[[keras.Model], dict[str, float]]
# Rows of the finished epochs -> whether to stop early.
ShouldStop = Callable[[list[EpochRow]], bool]


@dataclass(frozen=True)
class FitSettings:
    """Length of a training and the folder of its checkpoints."""

    num_epochs: int
    """Epochs in all, those before an interruption included."""

    num_steps: int
    """Steps per epoch."""

    checkpoints: Path
    """Folder of the checkpoint."""

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.num_epochs * self.num_steps


def fit(
    model: keras.Model,
    make_dataset: Callable[[int], tf.data.Dataset],
    settings: FitSettings,
    validate: Validate,
    should_stop: ShouldStop = lambda history: False,
) -> list[EpochRow]:
    """Train a compiled model, from its last checkpoint if there is one.

    Args:
        model: A compiled Keras model whose `train_step` returns a `loss`. A model with
            several optimizers lists them, built, in an attribute `optimizers`; the
            learning rate of `optimizer` is the one in the history.
        make_dataset: First epoch, from 0 -> endless dataset of batches.
        settings: Length of the training and folder of its checkpoints.
        validate: Computes validation metrics after each epoch, with the averaged
            weights where the optimizer keeps an average.
        should_stop: Early stopping. Defaults to never.

    Returns:
        One row per epoch, those before an interruption included. The model has the
        final weights, averaged where the optimizer keeps an average.
    """
    history = restore_state(settings.checkpoints, model)
    if history:
        print_status(f"resuming after epoch {len(history)}/{settings.num_epochs}")
    if should_stop(history):
        return history
    update_rates(_inner_optimizer(model), history)
    progress = TrainingProgress(settings.num_epochs, settings.num_steps)
    epoch_end = EpochEnd(settings.checkpoints, history, validate, should_stop, progress)
    try:
        model.fit(
            make_dataset(len(history)),
            initial_epoch=len(history),
            epochs=settings.num_epochs,
            steps_per_epoch=settings.num_steps,
            callbacks=[epoch_end],
            # The dataset is shuffled already.
            shuffle=False,
            verbose=0,
        )
    finally:
        progress.close()
    return history


class EpochEnd(keras.callbacks.Callback):
    """Validation, history, checkpoint and progress of each epoch.

    Args:
        checkpoints: Folder of the checkpoint.
        history: Rows of the finished epochs; a row is appended per epoch.
        validate: Computes validation metrics.
        should_stop: Early stopping.
        progress: Bar and line on the terminal.
    """

    def __init__(
        self,
        checkpoints: Path,
        history: list[EpochRow],
        validate: Validate,
        should_stop: ShouldStop,
        progress: TrainingProgress,
    ) -> None:
        super().__init__()
        self._checkpoints = checkpoints
        self._history = history
        self._validate = validate
        self._should_stop = should_stop
        self._progress = progress
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start the clock and the bar."""
        self._start = time.monotonic()
        self._progress.start_epoch(epoch)

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Advance the bar."""
        self._progress.advance(batch + 1)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Validate, append a row, write the checkpoint, print the line."""
        # Training alone, without validation: the time that step rates are made of.
        seconds = time.monotonic() - self._start
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        row = {
            "epoch": epoch + 1,
            "loss": metrics.pop("loss"),
            **metrics,
            **_validate_averaged(self.model, self._validate),
            "learning_rate": float(self.model.optimizer.learning_rate),
            "seconds": seconds,
        }
        self._history.append(row)
        save_state(self._checkpoints, self.model, self._history)
        update_rates(_inner_optimizer(self.model), self._history)
        self._progress.end_epoch(row)
        if self._should_stop(self._history):
            self.model.stop_training = True


def _validate_averaged(model: keras.Model, validate: Validate) -> dict[str, float]:
    """Validate with the averaged weights where the optimizer keeps an average."""
    if not _inner_optimizer(model).use_ema:
        return validate(model)
    swap = keras.callbacks.SwapEMAWeights()
    swap.set_model(model)
    swap.on_test_begin()
    try:
        return validate(model)
    finally:
        swap.on_test_end()


def _inner_optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    # In float16 Keras wraps the optimizer in a LossScaleOptimizer.
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)
