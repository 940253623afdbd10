# SPDX-License-Identifier: Apache-2.0
"""The course of a training: one row of numbers per epoch."""

import csv
from collections.abc import Sequence
from pathlib import Path

HISTORY_FILE = "history.csv"

# Column name -> number. Every trainer has `epoch`, `loss`, `learning_rate` and
# `seconds`; classifiers add `accuracy`, `val_loss` and `val_accuracy`.
EpochRow = dict[str, float]


def write_history(rows: Sequence[EpochRow], folder: Path) -> None:
    """Write `history.csv` with the columns of the first row."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / HISTORY_FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def column(rows: Sequence[EpochRow], name: str) -> list[float]:
    """One column as a list, in the order of the epochs."""
    return [row[name] for row in rows]


def train_seconds(rows: Sequence[EpochRow]) -> float:
    """Seconds over all epochs, those before an interruption included."""
    return sum(column(rows, "seconds"))


def mean_history(histories: Sequence[Sequence[EpochRow]]) -> list[EpochRow]:
    """The course of several trainings as one: means by epoch, and seconds in all.

    Args:
        histories: One or more; an epoch's mean is over those that reached it.
    """
    rows = []
    for epoch in range(max(map(len, histories))):
        reached = [history[epoch] for history in histories if epoch < len(history)]
        row = {name: sum(column(reached, name)) / len(reached) for name in reached[0]}
        rows.append({**row, "seconds": sum(column(reached, "seconds"))})
    return rows
