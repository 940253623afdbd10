# SPDX-License-Identifier: Apache-2.0
"""Checks that the splits are alike, with limits that chance rarely exceeds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
# A limit above it would let nearly any change pass: splits without a common value are
# 1 apart. Whole numbers with few values come so far by chance, since each split has a
# histogram with edges of its own, which cut the numbers apart differently.
_LARGEST_THRESHOLD: Final = 0.4


@dataclass(frozen=True)
class _Distance:
    """How far the splits are apart in a feature."""

    feature: str
    measure: str
    chance: float
    seen: float

    @property
    def differs(self) -> bool:
        return self.seen > self.chance

    @property
    def threshold(self) -> float:
        return round_up(threshold(self.chance, self.seen))

    @property
    def is_useful(self) -> bool:
        return self.threshold <= _LARGEST_THRESHOLD


def distribution_checks(found: Inspection) -> tuple[Entry, ...]:
    """Return the block `distributions`.

    Args:
        found: The data.
    """
    later = [split for split in SPLITS if split != TRAIN and found.split_sizes[split]]
    smallest = min(found.split_sizes[split] for split in (TRAIN, *later))
    buckets = int(min(50, max(5, np.ceil(2 * smallest ** (1 / 3)))))
    pairs = [[split, TRAIN] for split in later]
    compared = list(_distances(found, later, buckets))
    reasons = [_why_left_out(found, one) for one in compared if not one.is_useful]
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
            tuple(_skew_check(one, found) for one in compared if one.is_useful) or {},
            above="Splits of these sizes differ by chance, so much at most when items "
            "are dealt anew many times; a quarter more. jensen_shannon is for numbers, "
            "l_infinity for shares of categories." + "".join(reasons),
        ),
    )


def _distances(
    found: Inspection, later: Sequence[str], buckets: int
) -> Iterator[_Distance]:
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
            yield _Distance(name, measure, max(chances), max(seen))


def _skew_check(one: _Distance, found: Inspection) -> Entry:
    # Blocks of a text, and a publisher's test set, differ by more than chance.
    is_warning = one.differs or bool(found.kind.text)
    return Entry(
        one.feature,
        (
            Entry("severity", "warning" if is_warning else "critical"),
            Entry("measure", one.measure),
            Entry("threshold", one.threshold),
            Entry("description", "Both splits are alike."),
        ),
        beside=f"seen {one.seen:.2g}, by chance {one.chance:.2g}"
        + (": these splits do differ" if one.differs else ""),
        one_line=True,
    )


def _why_left_out(found: Inspection, one: _Distance) -> str:
    reason = (
        f"they differ by {one.seen:.2g} already"
        if one.differs
        else f"chance alone reaches {one.chance:.2g}"
    )
    table = found.source_list.table
    judge = (
        "numbers_alike_in_splits judges it"
        if table and one.feature in table.numbers
        else "nothing else compares it"
    )
    return (
        f" No limit for {one.feature}, as none would tell a change: {reason}; {judge}."
    )


def _compared(found: Inspection) -> Iterator[tuple[str, str]]:
    """Features that are compared between splits, with the measure that fits."""
    if found.source_list.table:
        layout = found.source_list.table
        names: Sequence[str] = layout.numbers
    elif found.kind.text:
        names = ("num_words",)
    elif found.source_list.ratings:
        # Times rise from split to split, and users and items are too many.
        names = ()
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
