# SPDX-License-Identifier: Apache-2.0
"""Reading of the rows of a split from the examples that Ingest wrote."""

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import LABEL, TARGET
from components.contracts.table_layout import TableLayout
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.evaluator.table.rows import MISSING_TEXT, TableRows


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
