# SPDX-License-Identifier: Apache-2.0
"""Checks on the columns of a table in the later splits, compared with training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    list_first,
    table_check,
)
from components.validation.items.table_rows import (
    describe_largest,
    describe_shares,
    expect_shares,
    feature_columns,
    is_number,
    rows_by_split,
    sound_rows,
)

_LISTED: Final = 5


@dataclass(frozen=True)
class CategoriesInTraining(ItemCheck):
    """The categories of the later splits occur in training, where a model meets them.

    Columns of few categories may have none that is new; one of free text may.
    """

    max_shares: Mapping[str, float]
    """Column -> largest share of the rows of a later split with a category that does
    not occur in training, 0 to 1."""

    max_other_share: float = 0.0
    """The same share, for all other columns of categories."""

    def __post_init__(self) -> None:
        expect_shares(self.max_shares, self.max_other_share)

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.max_shares)

    def wanted(self, classes: Sequence[str]) -> str:
        limits = describe_shares(self.max_shares, self.max_other_share)
        return f"rows with a category unknown in {SPLITS[0]}: {limits}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [
            table_check(
                categories_in_training,
                max_shares=dict(self.max_shares),
                max_other_share=self.max_other_share,
            )
        ]


@dataclass(frozen=True)
class NumbersAlikeInSplits(ItemCheck):
    """The later splits have numbers of the size that training has: the same unit."""

    max_shift: float = 1.5
    """Largest difference of the medians, in interquartile ranges of training."""

    max_scale_ratio: float = 3.0
    """Largest ratio of the interquartile ranges, of a later split and of training."""

    without: tuple[str, ...] = ()
    """Columns that may differ, such as dates of a split by time. Defaults to none."""

    def __post_init__(self) -> None:
        if self.max_shift <= 0 or self.max_scale_ratio < 1:
            raise ValueError(
                "expected max_shift above 0 and max_scale_ratio of 1 or more.\n"
                f"Received {self.max_shift} and {self.max_scale_ratio}."
            )

    @property
    def columns(self) -> Sequence[str]:
        return self.without

    def wanted(self, classes: Sequence[str]) -> str:
        return (
            f"median within {self.max_shift:g} interquartile ranges of that in "
            f"{SPLITS[0]}, interquartile range within a factor of "
            f"{self.max_scale_ratio:g}"
        )

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {
            "max_shift": self.max_shift,
            "max_ratio": self.max_scale_ratio,
            "without": list(self.without),
        }
        return [table_check(numbers_alike_in_splits, **limits)]


def categories_in_training(
    table: Table, max_shares: Mapping[str, float], max_other_share: float
) -> CheckResult:
    """Check that the categories of the later splits occur in the training split.

    Args:
        table: Item table.
        max_shares: Column -> largest share of the rows of a split with a new category.
        max_other_share: Largest share for every other column of categories.
    """
    rows = sound_rows(table, *max_shares)
    names = [n for n in feature_columns(rows) if not is_number(rows, n)]
    splits = dict(rows_by_split(rows))
    training = splits.pop(SPLITS[0], rows.head(0))
    shares, new = {}, []
    failing: list[str] = []
    for name in names:
        known = set(training[name].dropna())
        for split, found in splits.items():
            is_new = found[name].notna() & ~found[name].isin(known)
            shares[name, split] = float(is_new.mean())
            if shares[name, split] > max_shares.get(name, max_other_share):
                texts = list(dict.fromkeys(found.loc[is_new, name]))
                listed = ", ".join(map(repr, texts[:_LISTED]))
                new.append(f"{name} {listed} in {split} only")
                failing.extend(found.loc[is_new, "item_id"])
    if not shares:
        return CheckResult(True, "no column of categories")
    received = list_first(new) or describe_largest(shares, "unknown")
    return CheckResult(not new, received, tuple(dict.fromkeys(failing)))


def numbers_alike_in_splits(
    table: Table, max_shift: float, max_ratio: float, without: Sequence[str]
) -> CheckResult:
    """Check location and scale of each number in the later splits.

    Args:
        table: Item table.
        max_shift: Largest difference of medians, in interquartile ranges of training.
        max_ratio: Largest ratio of interquartile ranges.
        without: Columns that may differ.
    """
    rows = sound_rows(table, *without)
    names = [n for n in feature_columns(rows) if n not in without]
    splits = dict(rows_by_split(rows))
    training = splits.pop(SPLITS[0], rows.head(0))
    different, largest = [], ("", 0.0)
    for name in (n for n in names if is_number(rows, n)):
        base = training[name].dropna()
        for split, found in splits.items():
            values = found[name].dropna()
            if base.empty or values.empty:
                # A column without values is refused by `missing_values`.
                continue
            shift, ratio = _shift_and_ratio(values, base)
            if shift > max_shift or ratio > max_ratio:
                different.append(
                    f"{name} in {split}: median {values.median():.4g} against "
                    f"{base.median():.4g}, interquartile range {_spread(values):.4g} "
                    f"against {_spread(base):.4g}"
                )
            largest = max(largest, (f"{name} in {split}", shift), key=lambda p: p[1])
    most = f"largest shift {largest[1]:.3g}, {largest[0]}" if largest[0] else "no shift"
    return CheckResult(not different, list_first(different) or most)


def _shift_and_ratio(values: Any, base: Any) -> tuple[float, float]:
    shift = abs(float(values.median()) - float(base.median()))
    spread, base_spread = _spread(values), _spread(base)
    if not base_spread:
        # A constant: any other value is a shift.
        return (float("inf") if shift else 0.0), 1.0
    ratio = spread / base_spread if spread else 1.0
    return shift / base_spread, max(ratio, 1 / ratio)


def _spread(values: Any) -> float:
    """Interquartile range, or the range where half of the values are equal."""
    inner = float(values.quantile(0.75) - values.quantile(0.25))
    return inner or float(values.max() - values.min())
