# SPDX-License-Identifier: Apache-2.0
"""The training loop of every model family: Keras' `fit`, resumable and visible.

`fit` runs the steps; around each epoch this module validates, keeps a checkpoint and
shows progress. A training that was killed goes on at the first unfinished epoch.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.trainer.loop.checkpoints import restore_state, save_state
from components.trainer.loop.history import EpochRow
from components.trainer.loop.progress import TrainingProgress, say

# A model -> columns of the history that begin with `val_`.
Validate = Callable[[Any], dict[str, float]]
# Rows of the finished epochs -> whether no more are wanted.
IsOver = Callable[[list[EpochRow]], bool]


@dataclass(frozen=True)
class Plan:
    """How long to train and where to keep the state.

    Attributes:
        num_epochs: Epochs in all, those before an interruption included.
        num_steps: Steps of an epoch.
        checkpoints: Folder for the state.
    """

    num_epochs: int
    num_steps: int
    checkpoints: Path

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.num_epochs * self.num_steps


def fit(
    model: Any,
    make_dataset: Callable[[int], Any],
    plan: Plan,
    validate: Validate,
    is_over: IsOver = lambda history: False,
) -> list[EpochRow]:
    """Train a compiled model, from the last checkpoint if there is one.

    Args:
        model: A compiled Keras model. One with its own `train_step` and several
            optimizers lists them, built, as `optimizers`; `optimizer` is the one whose
            rate is shown. Its step must tell a `loss`.
        make_dataset: First epoch -> endless dataset of batches.
        plan: How long to train and where to keep the state.
        validate: Judges the model after each epoch; sees averaged weights where the
            optimizer keeps them.
        is_over: Whether to stop before the plan does. Defaults to never.

    Returns:
        One row per epoch, those before an interruption included. The model holds the
        final weights.
    """
    history = restore_state(plan.checkpoints, model)
    if history:
        say(f"resuming after epoch {len(history)}/{plan.num_epochs}")
    if is_over(history):
        return history
    progress = TrainingProgress(plan.num_epochs, plan.num_steps)
    try:
        model.fit(
            make_dataset(len(history)),
            initial_epoch=len(history),
            epochs=plan.num_epochs,
            steps_per_epoch=plan.num_steps,
            callbacks=[_callback(plan, history, validate, is_over, progress)],
            # The dataset brings its own order.
            shuffle=False,
            verbose=0,
        )
    finally:
        progress.close()
    return history


def _callback(
    plan: Plan,
    history: list[EpochRow],
    validate: Validate,
    is_over: IsOver,
    progress: TrainingProgress,
) -> Any:
    import keras

    class Epochs(keras.callbacks.Callback):
        """Validates, saves and shows; appends to `history`."""

        started = 0.0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.started = time.monotonic()
            progress.start_epoch(epoch)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            progress.advance(batch + 1)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            # Training alone, without validation: what a step rate is made of.
            seconds = time.monotonic() - self.started
            measured = {name: float(value) for name, value in logs.items()}
            row = {
                "epoch": epoch + 1,
                "loss": measured.pop("loss"),
                **measured,
                **_validate_averaged(self.model, validate),
                "learning_rate": float(self.model.optimizer.learning_rate),
                "seconds": seconds,
            }
            history.append(row)
            save_state(plan.checkpoints, self.model, history)
            progress.end_epoch(history[-1])
            if is_over(history):
                self.model.stop_training = True

    return Epochs()


def _validate_averaged(model: Any, validate: Validate) -> dict[str, float]:
    """Validate with the averaged weights, where the optimizer keeps them."""
    import keras

    if not _inner_optimizer(model).use_ema:
        return validate(model)
    swap = keras.callbacks.SwapEMAWeights()
    swap.set_model(model)
    swap.on_test_begin()
    try:
        return validate(model)
    finally:
        swap.on_test_end()


def _inner_optimizer(model: Any) -> Any:
    # float16 wraps the optimizer in one that scales the loss.
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)
