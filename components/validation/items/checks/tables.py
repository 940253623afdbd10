# SPDX-License-Identifier: Apache-2.0
"""Checks on the columns of a table: missing values, ranges, categories, leaked answers.

All are about sound rows; `items_are_sound` counts the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.contracts.features import LABEL, TARGET
from components.contracts.splits import SPLITS
from components.contracts.table_layout import RESERVED_NAMES
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
    require_columns,
    table_check,
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
        _expect_shares(self.max_shares, self.max_other_share)

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.max_shares)

    def wanted(self, classes: Sequence[str]) -> str:
        limits = _describe_shares(self.max_shares, self.max_other_share)
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
        _expect_shares(self.max_shares, self.max_other_share)

    @property
    def columns(self) -> Sequence[str]:
        return tuple(self.max_shares)

    def wanted(self, classes: Sequence[str]) -> str:
        limits = _describe_shares(self.max_shares, self.max_other_share)
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
class TargetNotCopied(ItemCheck):
    """No column alone tells the answer: it would be a copy, or known only afterwards.

    Each row's answer is guessed from one column, by the other rows with the same value
    or, for a number that occurs once, by the row with the nearest one. The share that a
    column explains is 0 for guesses no better than without it, and 1 if all are right.
    """

    max_explained_share: float = 0.98
    """Largest share that a column may explain, 0 to 1."""

    without: tuple[str, ...] = ()
    """Columns that may tell the answer. Defaults to none."""

    def __post_init__(self) -> None:
        expect_share("max_explained_share", self.max_explained_share)

    @property
    def columns(self) -> Sequence[str]:
        return self.without

    def wanted(self, classes: Sequence[str]) -> str:
        return f"no column explains more than {self.max_explained_share:.3g}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {
            "max_share": self.max_explained_share,
            "without": list(self.without),
        }
        return [table_check(target_not_copied, **limits)]


@dataclass(frozen=True)
class IdentifiersAreNoFeatures(ItemCheck):
    """No column only numbers or names the rows: it tells nothing about new ones."""

    max_distinct_share: float = 0.95
    """Largest number of different texts of a column, as a share of its values."""

    without: tuple[str, ...] = ()
    """Columns that may do so. Defaults to none."""

    def __post_init__(self) -> None:
        expect_share("max_distinct_share", self.max_distinct_share)

    @property
    def columns(self) -> Sequence[str]:
        return self.without

    def wanted(self, classes: Sequence[str]) -> str:
        share = f"{self.max_distinct_share:.3g}"
        return f"no row numbers; different texts at most {share} of the values"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {"max_share": self.max_distinct_share, "without": list(self.without)}
        return [table_check(identifiers_are_no_features, **limits)]


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


@dataclass(frozen=True)
class RowsAreDistinct(ItemCheck):
    """Few rows occur more than once, apart from their answers."""

    max_doubled_share: float
    """Share of the rows whose values another row has as well, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_doubled_share", self.max_doubled_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"{describe_share(self.max_doubled_share)} with values of another one"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(rows_are_distinct, max_share=self.max_doubled_share)]


@dataclass(frozen=True)
class DoubledRowsAgree(ItemCheck):
    """Rows with equal values have one answer."""

    max_contents: int = 0
    """Most sets of equal rows that may have more than one."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at most {self.max_contents:,} sets of equal rows with several answers"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(doubled_rows_agree, max_contents=self.max_contents)]


def missing_values(
    table: Table, max_shares: Mapping[str, float], max_other_share: float
) -> CheckResult:
    """Check the share of rows without a value, by column and split.

    Args:
        table: Item table.
        max_shares: Column -> largest share of the rows of a split.
        max_other_share: Largest share for every other column.
    """
    rows = _sound(table, *max_shares)
    names = feature_columns(rows)
    shares = {
        (name, split): float(found[name].isna().mean())
        for split, found in _by_split(rows)
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
    rows = _sound(table, *ranges)
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
    rows = _sound(table, *categories)
    unknown = {
        name: rows[name].notna() & ~rows[name].isin(texts)
        for name, texts in categories.items()
    }
    return _judge_rows(rows, unknown, max_share, "unknown")


def categories_in_training(
    table: Table, max_shares: Mapping[str, float], max_other_share: float
) -> CheckResult:
    """Check that the categories of the later splits occur in the training split.

    Args:
        table: Item table.
        max_shares: Column -> largest share of the rows of a split with a new category.
        max_other_share: Largest share for every other column of categories.
    """
    rows = _sound(table, *max_shares)
    names = [n for n in feature_columns(rows) if not _is_number(rows, n)]
    splits = dict(_by_split(rows))
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
    received = list_first(new) or _largest(shares, "unknown")
    return CheckResult(not new, received, tuple(dict.fromkeys(failing)))


def target_not_copied(
    table: Table, max_share: float, without: Sequence[str]
) -> CheckResult:
    """Check that no column alone tells the answer.

    Args:
        table: Item table.
        max_share: Largest share of the answer that a column may explain.
        without: Columns that may.
    """
    rows = _sound(table, *without)
    is_number = TARGET in rows
    if not is_number:
        require_columns(rows, LABEL)
    shares = {
        name: explained_share(rows, name, TARGET if is_number else LABEL)
        for name in feature_columns(rows)
        if name not in without
    }
    ordered = sorted(shares.items(), key=lambda pair: -pair[1])
    copies = [f"{n} explains {share:.4g}" for n, share in ordered if share > max_share]
    most = "".join(f"{n} explains most, {share:.3g}" for n, share in ordered[:1])
    return CheckResult(not copies, list_first(copies) or most or "no column")


def identifiers_are_no_features(
    table: Table, max_share: float, without: Sequence[str]
) -> CheckResult:
    """Check that no column only numbers or names the rows.

    Args:
        table: Item table.
        max_share: Largest number of different texts, as a share of the values.
        without: Columns that may.
    """
    rows = _sound(table, *without)
    found = []
    for name in feature_columns(rows):
        values = rows[name].dropna()
        if name in without or len(values) < 2:
            continue
        distinct = values.nunique()
        if not _is_number(rows, name):
            if distinct > max_share * len(values):
                found.append(f"{name}: {distinct:,} different texts in {len(values):,}")
        elif distinct == len(values) == values.max() - values.min() + 1:
            found.append(f"{name}: counts the rows")
    return CheckResult(not found, list_first(found) or "no such column")


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
    rows = _sound(table, *without)
    names = [n for n in feature_columns(rows) if n not in without]
    splits = dict(_by_split(rows))
    training = splits.pop(SPLITS[0], rows.head(0))
    different, largest = [], ("", 0.0)
    for name in (n for n in names if _is_number(rows, n)):
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


def rows_are_distinct(table: Table, max_share: float) -> CheckResult:
    """Check the share of rows whose values another row has as well.

    Args:
        table: Item table.
        max_share: Largest share.
    """
    rows = _sound(table, "content_sha256")
    doubled = rows[rows["content_sha256"].duplicated(keep=False)]
    ordered = doubled.sort_values(["content_sha256", "item_id"])
    received = f"{len(doubled):,} of {len(rows):,} rows"
    passed = len(doubled) <= max_share * len(rows)
    return CheckResult(passed, received, tuple(ordered["item_id"]))


def doubled_rows_agree(table: Table, max_contents: int) -> CheckResult:
    """Check that rows with equal values have one answer.

    Args:
        table: Item table.
        max_contents: Most sets of equal rows with several answers.
    """
    rows = _sound(table, "content_sha256", LABEL)
    answer = TARGET if TARGET in rows else LABEL
    answers = rows.groupby("content_sha256")[answer].nunique()
    failing = rows[rows["content_sha256"].isin(answers[answers > 1].index)]
    ordered = failing.sort_values(["content_sha256", "item_id"])
    count = int((answers > 1).sum())
    received = f"sets of equal rows with several answers: {count:,}"
    return CheckResult(count <= max_contents, received, tuple(ordered["item_id"]))


def feature_columns(table: Table) -> list[str]:
    """Return the columns of an item table that are features of its rows."""
    return [str(name) for name in table.columns if name not in RESERVED_NAMES]


def explained_share(rows: Table, column: str, answer: str) -> float:
    """Measure how much of the answer one column tells.

    Args:
        rows: Sound rows.
        column: The column.
        answer: `label` for classes, `target` for numbers.

    Returns:
        Share of the errors of a guess without the column that it avoids: 0 if none or
        if there are more, 1 if all. Of numbers the errors of their ranks are squared,
        so that neither unit nor outliers count.
    """
    known = rows[[column, answer]].set_axis(["value", "answer"], axis=1)
    # A missing value may tell the answer as well: it is a value of its own.
    known = known[known["answer"].notna()].sort_values("value", kind="stable")
    if len(known) < 2:
        return 0.0
    by_order = _is_number(rows, column)
    if answer == LABEL:
        return _explained_classes(known, by_order)
    return _explained_ranks(known.assign(answer=known["answer"].rank()), by_order)


def _explained_classes(known: Table, by_order: bool) -> float:
    """Share of the rows without the most frequent class that the value tells."""
    frequent = known["answer"].mode().iloc[0]
    errors = int((known["answer"] != frequent).sum())
    if not errors:
        return 0.0
    guesses = _nearest_answers(known) if by_order else frequent
    key = known.groupby("value", dropna=False, sort=False).ngroup()
    sizes = key.groupby(key).transform("size")
    counts = known["answer"].groupby([key, known["answer"]]).size()
    ordered = counts.sort_values(ascending=False)
    place = ordered.groupby(level=0).cumcount()
    top, second = (ordered[place == n].droplevel(1) for n in range(2))
    # Without its own row, a value tells the class that is most frequent all the same.
    is_clear = top > second.reindex(top.index, fill_value=0)
    right = int(top[is_clear & (counts.groupby(level=0).sum() > 1)].sum())
    singles = sizes == 1
    right += int((known["answer"] == guesses)[singles].sum())
    return max(0.0, 1 - (len(known) - right) / errors)


def _explained_ranks(known: Table, by_order: bool) -> float:
    """Share of the variance of the answer's ranks that the value tells."""
    answers = known["answer"]
    total = float(((answers - answers.mean()) ** 2).sum())
    if not total:
        return 0.0
    by_value = known.groupby("value", dropna=False, sort=False)["answer"]
    sizes, sums = by_value.transform("size"), by_value.transform("sum")
    guesses = (sums - answers) / (sizes - 1).clip(lower=1)
    if by_order:
        before = answers.shift().fillna(answers.shift(-1))
        after = answers.shift(-1).fillna(answers.shift())
        alone = (before + after) / 2
    else:
        alone = answers * 0 + answers.mean()
    guesses = guesses.where(sizes > 1, alone)
    return max(0.0, 1 - float(((answers - guesses) ** 2).sum()) / total)


def _nearest_answers(known: Table) -> Any:
    """Answer of the row with the nearest value, rows being in their order."""
    before = (known["value"] - known["value"].shift()).fillna(float("inf"))
    after = (known["value"].shift(-1) - known["value"]).fillna(float("inf"))
    return known["answer"].shift().where(before < after, known["answer"].shift(-1))


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


def _sound(table: Table, *columns: str) -> Table:
    require_columns(table, "fault", "split", "item_id", *columns)
    rows = table[table["fault"] == ""]
    if rows.empty:
        raise ValueError("the item table has no sound row")
    return rows


def _by_split(rows: Table) -> list[tuple[str, Table]]:
    found = ((split, rows[rows["split"] == split]) for split in SPLITS)
    return [(split, part) for split, part in found if len(part)]


def _is_number(table: Table, column: str) -> bool:
    return table[column].dtype.kind in "fiu"


def _expect_shares(shares: Mapping[str, float], other: float) -> None:
    for name, share in {**shares, "other columns": other}.items():
        expect_share(f"share of {name}", share)


def _describe_shares(shares: Mapping[str, float], other: float) -> str:
    named = [f"{name} <= {share:.3g}" for name, share in shares.items()]
    return ", ".join((*named, f"any other <= {other:.3g} of the rows"))


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
    return CheckResult(not too_many, worded if too_many else _largest(shares, word))


def _largest(shares: Mapping[tuple[str, str], float], word: str) -> str:
    (name, split), share = max(shares.items(), key=lambda pair: pair[1])
    return f"{word}: at most {share:.3g}, {name} in {split}" if share else f"{word}: 0"


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
