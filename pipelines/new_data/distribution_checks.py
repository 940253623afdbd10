# SPDX-License-Identifier: Apache-2.0
"""Checks that the splits are alike, with limits that chance rarely exceeds."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from components.contracts.features import LABEL, TARGET
from components.contracts.splits import SPLITS, TRAIN
from pipelines.new_data.check_entry import check_entry
from pipelines.new_data.distances import (
    chance_distance,
    jensen_shannon,
    l_infinity,
    threshold,
)
from pipelines.new_data.inspection import Inspection
from pipelines.new_data.margins import (
    round_up,
)
from pipelines.new_data.yaml_text import Entry

# Values of a number in each split, without which its histogram says nothing.
_FEWEST_VALUES: Final = 3


def distribution_checks(found: Inspection) -> tuple[Entry, ...]:
    """Return the block `distributions`.

    Args:
        found: The data.
    """
    later = [split for split in SPLITS if split != TRAIN and found.split_sizes[split]]
    smallest = min(found.split_sizes[split] for split in (TRAIN, *later))
    buckets = int(min(50, max(5, np.ceil(2 * smallest ** (1 / 3)))))
    pairs = [[split, TRAIN] for split in later]
    return (
        Entry("histogram_buckets", buckets, beside="few bars for few items"),
        check_entry(
            "fits_schema",
            "Features, types, values and presence are those of the schema.",
            f"The schema is data/{found.source_list.dataset}/schema.pbtxt.",
        ),
        Entry("pairs", pairs, beside="compared split, baseline split"),
        Entry(
            "features",
            tuple(_features(found, later, buckets)),
            above="Splits of these sizes differ by chance, so much at most when items "
            "are dealt anew many times; a quarter more. jensen_shannon is for numbers, "
            "l_infinity for shares of categories.",
        ),
    )


def _features(found: Inspection, later: Sequence[str], buckets: int) -> Iterator[Entry]:
    compared = list(_compared(found))
    for name, measure in compared:
        chances, seen = [], []
        for split in later:
            left, right = (_codes(found, name, part) for part in (split, TRAIN))
            if min(len(left), len(right)) < _FEWEST_VALUES:
                break
            distance = _measure(measure, buckets)
            chances.append(chance_distance(left, right, distance, len(compared)))
            seen.append(distance(left, right))
        else:
            yield _skew_check(name, measure, max(chances), max(seen), found)


def _skew_check(
    name: str, measure: str, chance: float, seen: float, found: Inspection
) -> Entry:
    # Blocks of a text, and a publisher's test set, differ by more than chance.
    differs = seen > chance
    by_chance = f"by chance {chance:.2g}"
    return Entry(
        name,
        (
            Entry("severity", "warning" if differs or found.kind.text else "critical"),
            Entry("measure", measure),
            Entry("threshold", round_up(threshold(chance, seen))),
            Entry("description", "Both splits are alike."),
        ),
        beside=f"seen {seen:.2g}, {by_chance}"
        + (": these splits do differ" if differs else ""),
        one_line=True,
    )


def _compared(found: Inspection) -> Iterator[tuple[str, str]]:
    """Features that are compared between splits, with the measure that fits."""
    if found.source_list.table:
        layout = found.source_list.table
        names: Sequence[str] = layout.numbers
    elif found.kind.text:
        names = ("num_words",)
    else:
        names = ("mean", "std", "width", "height")
    for name in names:
        if found.sound[name].nunique() > 1:
            yield name, "jensen_shannon"
    if found.source_list.table:
        for name in found.layout.categories:
            if found.sound[name].nunique() > 1:
                yield name, "l_infinity"
    if found.kind.answer == TARGET:
        yield TARGET, "jensen_shannon"
    elif found.classes and not found.kind.text:
        yield LABEL, "l_infinity"


def _codes(found: Inspection, name: str, split: str) -> Any:
    values = found.in_split(split)[name].dropna()
    if values.dtype.kind in "fiu":
        # As an example holds them, and so TFDV sees them.
        return values.to_numpy(np.float32).astype(float)
    known = {text: n for n, text in enumerate(sorted(set(found.sound[name].dropna())))}
    return values.map(known).to_numpy(int)


def _measure(name: str, buckets: int) -> Callable[[Any, Any], float]:
    if name == "l_infinity":
        return l_infinity
    return lambda left, right: jensen_shannon(left, right, buckets)
