# SPDX-License-Identifier: Apache-2.0
"""The rows of a split, column by column, as Ingest wrote them into the examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import LABEL, TARGET
from components.contracts.table_layout import TableLayout
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit

MISSING_TEXT: Final = ""
"""Stands for a missing category; a missing number is NaN."""

_EPOCH: Final = datetime(1970, 1, 1)


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
                row[name] = iso_date(value) if days else float(value)
        return row

    def take(self, chosen: NDArray[Any]) -> "TableRows":
        """Return some of the rows, by index or mask."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return TableRows(columns, self.answers[chosen])


def iso_date(days: float) -> str:
    """Format days since 1970 as a day, or as a time of whole seconds."""
    moment = _EPOCH + timedelta(seconds=round(days * 86_400))
    return moment.isoformat().removesuffix("T00:00:00")


def layout_of(dataset: DatasetFacts) -> TableLayout:
    """Return the columns of a data set, which must be a table.

    Raises:
        ProdlError: If it is none.
    """
    if dataset.table is None:
        raise ProdlError(
            f"data set {dataset.name!r}: this evaluation is for tables.\n"
            f"Received the modality {dataset.modality!r}."
        )
    return dataset.table


def read_rows(examples: ExampleSplit) -> TableRows:
    """Read the columns of a split and what is to be predicted.

    Raises:
        ProdlError: If the split is empty, or has a label that is no class of the data
            set.
    """
    layout = layout_of(examples.dataset)
    names = (*layout.numbers, *layout.categories)
    numeric = {*layout.numbers, TARGET}
    answer = TARGET if layout.is_regression else LABEL
    spec = {
        name: tf.io.VarLenFeature(tf.float32 if name in numeric else tf.string)
        for name in (*names, answer)
    }
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in spec}
    for serialized, features in examples.features(spec):
        for name, values in features.items():
            parts[name].append(_column(values, len(serialized)))
    if not parts[answer]:
        raise ProdlError(
            f"split {examples.split!r} of {examples.uri} holds no examples."
        )
    columns = {name: np.concatenate(parts[name]) for name in names}
    answers = np.concatenate(parts[answer])
    if not layout.is_regression:
        answers = _indices(answers, examples)
    return TableRows(columns, answers)


def _column(values: Any, count: int) -> NDArray[Any]:
    """One value per row of a sparse feature; a row without one misses it."""
    rows = values.indices[:, 0].numpy()
    if values.dtype == tf.string:
        texts = np.full(count, MISSING_TEXT, dtype=object)
        texts[rows] = [text.decode() for text in values.values.numpy()]
        return texts
    numbers = np.full(count, np.nan)
    numbers[rows] = values.values.numpy()
    return numbers


def _indices(labels: NDArray[Any], examples: ExampleSplit) -> NDArray[np.int64]:
    index = {name: number for number, name in enumerate(examples.dataset.classes)}
    if unknown := sorted(set(labels.tolist()) - set(index)):
        raise ProdlError(
            f"split {examples.split!r} of {examples.dataset.name!r}: expected labels "
            f"among {', '.join(index)}.\nReceived {', '.join(map(repr, unknown))}."
        )
    return np.array([index[label] for label in labels], np.int64)
