# SPDX-License-Identifier: Apache-2.0
"""Checks on rows of a table that occur more than once, apart from their answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.contracts.features import LABEL, TARGET
from components.validation.check_settings import expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_share,
    table_check,
)
from components.validation.items.table_rows import sound_rows


@dataclass(frozen=True)
class RowsAreDistinct(ItemCheck):
    """Few rows occur more than once, apart from their answers."""

    max_duplicate_share: float
    """Share of the rows whose values another row has as well, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_duplicate_share", self.max_duplicate_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"{describe_share(self.max_duplicate_share)} with values of another one"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(rows_are_distinct, max_share=self.max_duplicate_share)]


@dataclass(frozen=True)
class DuplicateRowsAgree(ItemCheck):
    """Rows with equal values have one answer."""

    max_contents: int = 0
    """Most sets of equal rows that may have more than one."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at most {self.max_contents:,} sets of equal rows with several answers"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(duplicate_rows_agree, max_contents=self.max_contents)]


def rows_are_distinct(table: Table, max_share: float) -> CheckResult:
    """Check the share of rows whose values another row has as well.

    Args:
        table: Item table.
        max_share: Largest share.
    """
    rows = sound_rows(table, "content_sha256")
    duplicates = rows[rows["content_sha256"].duplicated(keep=False)]
    ordered = duplicates.sort_values(["content_sha256", "item_id"])
    received = f"{len(duplicates):,} of {len(rows):,} rows"
    passed = len(duplicates) <= max_share * len(rows)
    return CheckResult(passed, received, tuple(ordered["item_id"]))


def duplicate_rows_agree(table: Table, max_contents: int) -> CheckResult:
    """Check that rows with equal values have one answer.

    Args:
        table: Item table.
        max_contents: Most sets of equal rows with several answers.
    """
    rows = sound_rows(table, "content_sha256", LABEL)
    answer = TARGET if TARGET in rows else LABEL
    answers = rows.groupby("content_sha256")[answer].nunique()
    failing = rows[rows["content_sha256"].isin(answers[answers > 1].index)]
    ordered = failing.sort_values(["content_sha256", "item_id"])
    count = int((answers > 1).sum())
    received = f"sets of equal rows with several answers: {count:,}"
    return CheckResult(count <= max_contents, received, tuple(ordered["item_id"]))
