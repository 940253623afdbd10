# SPDX-License-Identifier: Apache-2.0
"""History of a training: one row of metrics per epoch, and its CSV file."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from components.core.files import write_text

HISTORY_FILE: Final = "history.csv"

# Column -> value. Every family has `epoch` (from 1), `loss`, `learning_rate` and
# `seconds`; classifiers add `accuracy`, `val_loss` and `val_accuracy`.
EpochRow = dict[str, float]


def write_history(rows: Sequence[EpochRow], folder: Path) -> None:
    """Write `history.csv` with the columns of the first row.

    Args:
        rows: One or more rows.
        folder: Folder of the file; made if needed.
    """
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder / HISTORY_FILE, lines.getvalue())


def column(rows: Sequence[EpochRow], name: str) -> list[float]:
    """Return one column, in the order of the epochs."""
    return [row[name] for row in rows]


def train_seconds(rows: Sequence[EpochRow]) -> float:
    """Sum the seconds of all epochs, those before an interruption included."""
    return sum(column(rows, "seconds"))


def mean_history(histories: Sequence[Sequence[EpochRow]]) -> list[EpochRow]:
    """Average the histories of an ensemble epoch by epoch; seconds are summed.

    Args:
        histories: One or more; the mean of an epoch is over those that reached it.
    """
    rows = []
    for epoch in range(max(map(len, histories))):
        reached = [history[epoch] for history in histories if epoch < len(history)]
        row = {name: sum(column(reached, name)) / len(reached) for name in reached[0]}
        rows.append({**row, "seconds": sum(column(reached, "seconds"))})
    return rows
