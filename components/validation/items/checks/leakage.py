# SPDX-License-Identifier: Apache-2.0
"""Checks for leakage: columns that copy the target, or only number the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.contracts.features import LABEL, TARGET
from components.validation.check_settings import expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    list_first,
    require_columns,
    table_check,
)
from components.validation.items.table_rows import (
    feature_columns,
    is_number,
    sound_rows,
)


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


def target_not_copied(
    table: Table, max_share: float, without: Sequence[str]
) -> CheckResult:
    """Check that no column alone tells the answer.

    Args:
        table: Item table.
        max_share: Largest share of the answer that a column may explain.
        without: Columns that may.
    """
    rows = sound_rows(table, *without)
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
    rows = sound_rows(table, *without)
    found = []
    for name in feature_columns(rows):
        values = rows[name].dropna()
        if name in without or len(values) < 2:
            continue
        distinct = values.nunique()
        if not is_number(rows, name):
            if distinct > max_share * len(values):
                found.append(f"{name}: {distinct:,} different texts in {len(values):,}")
        elif distinct == len(values) == values.max() - values.min() + 1:
            found.append(f"{name}: counts the rows")
    return CheckResult(not found, list_first(found) or "no such column")


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
    by_order = is_number(rows, column)
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
