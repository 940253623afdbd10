# SPDX-License-Identifier: Apache-2.0
"""The rows of a split, column by column; imports no TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.table_layout import TableLayout
from components.contracts.table_values import write_date

MISSING_TEXT: Final = ""
"""Stands for a missing category; a missing number is NaN."""


@dataclass(frozen=True)
class TableRows:
    """The rows of a split."""

    columns: Mapping[str, NDArray[Any]]
    """Feature -> values (n,): float64 of numbers and dates, str objects of
    categories."""

    answers: NDArray[Any]
    """What is to be predicted (n,): int64 indices of classes, or float64."""

    def __len__(self) -> int:
        return len(self.answers)

    def row(self, index: int, layout: TableLayout) -> dict[str, float | str | None]:
        """Return a row as a reader knows it, dates as texts; None for a missing value.

        Args:
            index: Number of the row.
            layout: The columns.
        """
        row: dict[str, float | str | None] = {}
        for name, column in layout.columns.items():
            value = self.columns[name][index]
            if column.kind == "category":
                row[name] = value or None
            elif np.isnan(value):
                row[name] = None
            else:
                days = column.kind == "date"
                row[name] = write_date(value) if days else float(value)
        return row

    def take(self, chosen: NDArray[Any]) -> "TableRows":
        """Return some of the rows, by index or mask."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return TableRows(columns, self.answers[chosen])
