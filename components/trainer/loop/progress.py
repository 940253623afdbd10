# SPDX-License-Identifier: Apache-2.0
"""Progress of a training on the terminal: a bar during an epoch, a line after it.

Where standard output is not a terminal there is no bar.
"""

import sys

from rich.progress import Progress

from components.trainer.loop.history import EpochRow


class TrainingProgress:
    """Progress of one training on standard output; libraries log to standard error.

    Args:
        num_epochs: Epochs of the whole training.
        num_steps: Steps per epoch.
    """

    def __init__(self, num_epochs: int, num_steps: int) -> None:
        self._num_epochs = num_epochs
        self._num_steps = num_steps
        self._bar: Progress | None = None

    def start_epoch(self, epoch: int) -> None:
        """Open the bar of an epoch, counted from 0."""
        if not sys.stdout.isatty():
            return
        # Transient: the line of `end_epoch` takes the place of the bar.
        self._bar = Progress(transient=True, redirect_stderr=False)
        self._bar.add_task(
            f"epoch {epoch + 1}/{self._num_epochs}", total=self._num_steps
        )
        self._bar.start()

    def advance(self, steps_done: int) -> None:
        """Set the bar to the number of finished steps of the epoch."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=steps_done)

    def end_epoch(self, row: EpochRow) -> None:
        """Close the bar and print the metrics of the epoch."""
        self.close()
        metrics = {name: value for name, value in row.items() if name != "epoch"}
        parts = [f"{name} {value:.4g}" for name, value in metrics.items()]
        print_status(f"epoch {row['epoch']:.0f}/{self._num_epochs}  {'  '.join(parts)}")

    def close(self) -> None:
        """Close the bar if there is one."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def print_status(text: str) -> None:
    """Print a line about the training, indented below the line of its step."""
    print(f"  {text}", flush=True)
