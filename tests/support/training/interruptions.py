# SPDX-License-Identifier: Apache-2.0
"""Trainings that are interrupted or killed in the middle of an epoch.

interrupt(lambda: train(params, data, folder, seed=1), steps=10)
kill("tests.support.training.tiny", steps=10, folders=[folder])
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from components.trainer.loop.progress import TrainingProgress
from tests.support.training.processes import run_module


def interrupt(train: Callable[[], object], steps: int) -> None:
    """Start a training and interrupt it as with Ctrl+C.

    Args:
        train: Starts the training.
        steps: Steps before the interruption.
    """

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingProgress, "advance", _after(steps, stop))
        with pytest.raises(KeyboardInterrupt):
            train()


def kill(module: str, steps: int, folders: Sequence[Path]) -> None:
    """Start a training in a process of its own and kill it with SIGKILL.

    Args:
        module: Import path of a module with `train_tiny`.
        steps: Steps before the kill.
        folders: Arguments of `train_tiny`.
    """
    killed = run_module(__name__, module, str(steps), *map(str, folders))
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def _after(
    steps: int, end: Callable[[], None]
) -> Callable[[TrainingProgress, int], None]:
    seen = []

    def advance(self: TrainingProgress, steps_done: int) -> None:
        seen.append(steps_done)
        if len(seen) == steps:
            end()

    return advance


def _die(module: str, steps: str, *folders: str) -> None:
    """Run `train_tiny` until the kill; the entry point of the process of `kill`."""

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    TrainingProgress.advance = _after(int(steps), end)  # type: ignore[method-assign]
    import_module(module).train_tiny(*map(Path, folders))


if __name__ == "__main__":
    _die(*sys.argv[1:])
