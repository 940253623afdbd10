# SPDX-License-Identifier: Apache-2.0
"""Checks on what the columns of a table hold: missing values, ranges, categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.contracts.features import TARGET
from components.validation.check_settings import expect_ordered, expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_names,
    describe_ranges,
    describe_share,
    list_first,
    table_check,
)
from components.validation.items.table_rows import (
    describe_largest,
    describe_shares,
    expect_shares,
    feature_columns,
    rows_by_split,
    sound_rows,
)

_LISTED: Final = 5


@dataclass(frozen=True)
class MissingValues(ItemCheck):
    """No column misses many values in any split."""

    max_shares: Mapping[str, float]
    """Column -> largest share of the rows of a split without a value, 0 to 1."""

    max_other_share: float = 0.0
    """Largest share of the rows of a split without a value, for all other columns."""

    def __post_init__(self) -> None:
        expect_shares(self.max_shares, self.max_other_share)

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.max_shares)

    def wanted(self, classes: Sequence[str]) -> str:
        limits = describe_shares(self.max_shares, self.max_other_share)
        return f"missing in a split: {limits}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [
            table_check(
                missing_values,
                max_shares=dict(self.max_shares),
                max_other_share=self.max_other_share,
            )
        ]


@dataclass(frozen=True)
class NumbersInRange(ItemCheck):
    """The numbers of columns lie in ranges, their ends included."""

    ranges: Mapping[str, tuple[float, float]]
    """Column -> smallest and largest value."""

    max_outside_share: float = 0.0
    """Share of the rows that may lie outside, in each column, 0 to 1."""

    def __post_init__(self) -> None:
        expect_ordered(**self.ranges)
        expect_share("max_outside_share", self.max_outside_share)

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.ranges)

    def wanted(self, classes: Sequence[str]) -> str:
        share = describe_share(self.max_outside_share)
        return f"{share} outside of {describe_ranges(self.ranges)}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        ranges = {name: list(ends) for name, ends in self.ranges.items()}
        return [
            table_check(
                numbers_in_range, ranges=ranges, max_share=self.max_outside_share
            )
        ]


@dataclass(frozen=True)
class TargetInRange(ItemCheck):
    """The numbers to be predicted lie in a range, its ends included."""

    range: tuple[float, float]
    """Smallest and largest value."""

    max_outside_share: float = 0.0
    """Share of the rows that may lie outside, 0 to 1."""

    def __post_init__(self) -> None:
        expect_ordered(range=self.range)
        expect_share("max_outside_share", self.max_outside_share)

    def wanted(self, classes: Sequence[str]) -> str:
        share = describe_share(self.max_outside_share)
        return f"{share} outside of {describe_ranges({TARGET: self.range})}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [
            table_check(
                numbers_in_range,
                ranges={TARGET: list(self.range)},
                max_share=self.max_outside_share,
            )
        ]


@dataclass(frozen=True)
class CategoriesAreKnown(ItemCheck):
    """The texts of columns are known categories; a missing value is none."""

    categories: Mapping[str, tuple[str, ...]]
    """Column -> texts that may occur."""

    max_unknown_share: float = 0.0
    """Share of the rows that may have another text, in each column, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_unknown_share", self.max_unknown_share)

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.categories)

    def wanted(self, classes: Sequence[str]) -> str:
        share = describe_share(self.max_unknown_share)
        listed = [f"{n}: {describe_names(v)}" for n, v in self.categories.items()]
        return f"{share} with another text than {'; '.join(listed)}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        categories = {name: list(texts) for name, texts in self.categories.items()}
        return [
            table_check(
                categories_are_known,
                categories=categories,
                max_share=self.max_unknown_share,
            )
        ]


def missing_values(
    table: Table, max_shares: Mapping[str, float], max_other_share: float
) -> CheckResult:
    """Check the share of rows without a value, by column and split.

    Args:
        table: Item table.
        max_shares: Column -> largest share of the rows of a split.
        max_other_share: Largest share for every other column.
    """
    rows = sound_rows(table, *max_shares)
    names = feature_columns(rows)
    shares = {
        (name, split): float(found[name].isna().mean())
        for split, found in rows_by_split(rows)
        for name in names
    }
    return _judge_shares(shares, max_shares, max_other_share, "missing")


def numbers_in_range(
    table: Table, ranges: Mapping[str, Sequence[float]], max_share: float
) -> CheckResult:
    """Check the numbers of columns; a missing one passes.

    Args:
        table: Item table.
        ranges: Column -> smallest and largest value.
        max_share: Share of the rows that may lie outside, in each column.
    """
    rows = sound_rows(table, *ranges)
    outside = {
        name: rows[name].notna() & ~rows[name].between(low, high)
        for name, (low, high) in ranges.items()
    }
    return _judge_rows(rows, outside, max_share, "outside")


def categories_are_known(
    table: Table, categories: Mapping[str, Sequence[str]], max_share: float
) -> CheckResult:
    """Check that the texts of columns are known; a missing one passes.

    Args:
        table: Item table.
        categories: Column -> texts that may occur.
        max_share: Share of the rows that may have another one, in each column.
    """
    rows = sound_rows(table, *categories)
    unknown = {
        name: rows[name].notna() & ~rows[name].isin(texts)
        for name, texts in categories.items()
    }
    return _judge_rows(rows, unknown, max_share, "unknown")


def _judge_shares(
    shares: Mapping[tuple[str, str], float],
    limits: Mapping[str, float],
    other: float,
    word: str,
) -> CheckResult:
    """Compare the share of each column and split with the limit of the column."""
    too_many = [
        f"{name} {share:.3g} in {split}"
        for (name, split), share in sorted(shares.items(), key=lambda pair: -pair[1])
        if share > limits.get(name, other)
    ]
    worded = f"{word}: {list_first(too_many)}"
    return CheckResult(
        not too_many, worded if too_many else describe_largest(shares, word)
    )


def _judge_rows(
    rows: Table, failing: Mapping[str, Any], max_share: float, word: str
) -> CheckResult:
    """Compare the number of failing rows of each column with a share of all rows."""
    counts = {name: int(marks.sum()) for name, marks in failing.items()}
    too_many = [n for n, count in counts.items() if count > max_share * len(rows)]
    worded = []
    for name in sorted(too_many, key=lambda name: -counts[name]):
        values = list(dict.fromkeys(rows.loc[failing[name], name]))[:_LISTED]
        shown = ", ".join(f"{v:g}" if isinstance(v, float) else repr(v) for v in values)
        worded.append(f"{name} {counts[name]:,} ({shown})")
    ids = [i for n in too_many for i in rows.loc[failing[n], "item_id"]]
    few = f"at most {max(counts.values(), default=0):,}"
    received = f"{word}: {list_first(worded) or few} of {len(rows):,} rows"
    return CheckResult(not too_many, received, tuple(dict.fromkeys(ids)))
