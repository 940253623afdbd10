# SPDX-License-Identifier: Apache-2.0
"""Metrics on slices of a split: values of a category, quarters of a number."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.table_values import write_date
from components.core.number_format import are_years, format_number, format_year
from components.evaluator.table.resampling import Estimate
from components.evaluator.table.rows import MISSING_TEXT, TableRows

MOST_VALUES: Final = 8
"""Values of a category that have a slice each; the rarer ones share one."""
SMALL: Final = 20
"""A slice of fewer examples is marked: its interval says little."""

Members = NDArray[np.bool_]
MeasureSlice = Callable[[Members], tuple[Estimate, float]]
"""Main figure of the chosen rows with its interval, and a second figure."""


@dataclass(frozen=True)
class Slice:
    """Metrics of one slice."""

    column: str
    """Column that the split is sliced by."""

    name: str
    """Its values in this slice."""

    count: int
    """Number of examples."""

    is_small: bool
    """Whether there are too few examples to say much."""

    figure: float
    """Main figure: accuracy, or root mean squared error."""

    low: float
    """Lower end of its 95 % interval."""

    high: float
    """Upper end."""

    second: float
    """Log-loss in nats, or mean error: predicted less actual."""


def slice_rows(
    rows: TableRows,
    columns: Sequence[str],
    measure: MeasureSlice,
    dates: Collection[str] = (),
) -> list[Slice]:
    """Slice a split by the values of columns.

    Args:
        rows: The split.
        columns: Names of the features to slice by.
        measure: Measures the model on some of the rows.
        dates: Those of the columns that are dates. Defaults to none.

    Returns:
        Slices by column; none of a column whose values are all in one slice.
    """
    found = []
    for column in columns:
        found_parts = _parts(rows.columns[column], column in dates)
        parts = [part for part in found_parts if part[1].any()]
        if len(parts) < 2:
            continue
        for name, members in parts:
            estimate, second = measure(members)
            count = int(members.sum())
            found.append(
                Slice(
                    *(column, name, count, count < SMALL),
                    *(estimate.value, estimate.low, estimate.high, second),
                )
            )
    return found


def _parts(values: NDArray[Any], is_date: bool) -> Iterator[tuple[str, Members]]:
    if values.dtype == object:
        yield from _by_value(values)
    else:
        plain = format_year if are_years(np.unique(values)) else format_number
        yield from _by_quarter(values, _day if is_date else plain)


def _day(days: float) -> str:
    return write_date(days)[: len("1970-01-01")]


def _by_value(values: NDArray[Any]) -> Iterator[tuple[str, Members]]:
    known = values[values != MISSING_TEXT]
    names, counts = np.unique(known.astype(str), return_counts=True)
    # The most frequent first, equals by name.
    order = np.lexsort((names, -counts))
    frequent = names[order[:MOST_VALUES]]
    for name in frequent.tolist():
        yield name, values == name
    is_rare = ~np.isin(values.astype(str), frequent) & (values != MISSING_TEXT)
    yield f"{len(names) - len(frequent)} rarer values", is_rare
    yield "missing", values == MISSING_TEXT


def _by_quarter(
    values: NDArray[np.float64], show: Callable[[float], str]
) -> Iterator[tuple[str, Members]]:
    is_missing = np.isnan(values)
    known = values[~is_missing]
    if len(known):
        # Equal edges, of a number with few values, make fewer slices.
        edges = np.unique(np.quantile(known, (0, 0.25, 0.5, 0.75, 1)))
        for index, (low, high) in enumerate(pairwise(edges.tolist())):
            above = values >= low if index == 0 else values > low
            yield f"{show(low)} to {show(high)}", above & (values <= high)
    yield "missing", is_missing
