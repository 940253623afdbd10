# SPDX-License-Identifier: Apache-2.0
"""What a person sees while a model trains: a bar per epoch, and a line when it ends.

Without a terminal there is no bar, only the line.
"""

import sys
from typing import Any

from components.trainer.loop.history import EpochRow


class TrainingProgress:
    """Shows one training on standard output; standard error is for the libraries.

    Args:
        num_epochs: Epochs in all.
        num_steps: Steps of an epoch.
    """

    def __init__(self, num_epochs: int, num_steps: int) -> None:
        self._num_epochs = num_epochs
        self._num_steps = num_steps
        self._bar: Any = None

    def start_epoch(self, epoch: int) -> None:
        """Open the bar of an epoch, counted from 0."""
        if not sys.stdout.isatty():
            return
        from rich.progress import Progress

        # Transient: the bar gives way to the line that `end_epoch` prints.
        self._bar = Progress(transient=True, redirect_stderr=False)
        self._bar.add_task(
            f"epoch {epoch + 1}/{self._num_epochs}", total=self._num_steps
        )
        self._bar.start()

    def advance(self, steps_done: int) -> None:
        """Move the bar."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=steps_done)

    def end_epoch(self, row: EpochRow) -> None:
        """Close the bar and print the epoch's numbers."""
        self.close()
        numbers = {name: value for name, value in row.items() if name != "epoch"}
        words = [f"{name} {value:.4g}" for name, value in numbers.items()]
        say(f"epoch {row['epoch']:.0f}/{self._num_epochs}  {'  '.join(words)}")

    def close(self) -> None:
        """Close the bar, if one is open."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def say(text: str) -> None:
    """Print a line about the training, at once and below the line of its step."""
    print(f"  {text}", flush=True)
