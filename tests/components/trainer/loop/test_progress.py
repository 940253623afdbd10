# SPDX-License-Identifier: Apache-2.0
"""Progress of a training on the terminal."""

import pytest

from components.trainer.loop.progress import TrainingProgress


def test_without_a_terminal_there_is_one_line_per_epoch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = TrainingProgress(num_epochs=3, num_steps=10)
    progress.start_epoch(1)
    for step in range(10):
        progress.advance(step + 1)
    progress.end_epoch({"epoch": 2, "loss": 0.123456, "seconds": 4.0})

    shown = capsys.readouterr()

    assert shown.out == "  epoch 2/3  loss 0.1235  seconds 4\n"
    assert not shown.err
