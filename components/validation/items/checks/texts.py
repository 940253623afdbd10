# SPDX-License-Identifier: Apache-2.0
"""Checks on texts: forbidden strings, length, contiguous splits, vocabulary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.contracts.splits import SPLITS
from components.contracts.texts import TOKEN_PATTERN
from components.validation.check_settings import expect_ordered, expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_ranges,
    require_columns,
    table_check,
    values_between,
)


@dataclass(frozen=True)
class _TextsWithout(ItemCheck):
    strings: tuple[str, ...]
    """Strings that no text may contain, in upper or lower case."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"no text with {', '.join(map(ascii, self.strings))}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        pattern = f"(?i){'|'.join(map(re.escape, self.strings))}"
        kwargs = {"column": "text", "regex": pattern}
        return [Expectation("ExpectColumnValuesToNotMatchRegex", kwargs)]


class EncodingIsClean(_TextsWithout):
    """No text has traces of a wrong character encoding."""


class NoLicenceText(_TextsWithout):
    """No text is part of a licence."""


@dataclass(frozen=True)
class TextLength(ItemCheck):
    """The number of tokens of every text lies in a range."""

    num_words: tuple[int, int]
    """Fewest and most tokens."""

    def __post_init__(self) -> None:
        expect_ordered(num_words=self.num_words)

    def wanted(self, classes: Sequence[str]) -> str:
        return describe_ranges({"num_words": self.num_words})

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return values_between({"num_words": self.num_words})


@dataclass(frozen=True)
class SplitsAreBlocks(ItemCheck):
    """In reading order, the text is train, then validation, then test."""

    def wanted(self, classes: Sequence[str]) -> str:
        return "train, then validation, then test, none inside another"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(splits_are_blocks)]


@dataclass(frozen=True)
class VocabularyCoverage(ItemCheck):
    """The tokens of the later splits occur in the training split."""

    min_share: float
    """Smallest share of the tokens of each later split, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("min_share", self.min_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at least {self.min_share:.3g} of the tokens known from train"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(vocabulary_coverage, min_share=self.min_share)]


def splits_are_blocks(table: Table) -> CheckResult:
    """Check that each split is one contiguous block, in the order of `SPLITS`.

    Args:
        table: Item table with `position`.
    """
    require_columns(table, "position", "split", "item_id")
    ordered = table.sort_values("position")
    ranks = ordered["split"].map({name: rank for rank, name in enumerate(SPLITS)})
    # An item of an earlier split after one of a later split.
    misplaced = ordered.loc[ranks < ranks.cummax(), "item_id"]
    received = f"{len(misplaced):,} paragraphs stand in the block of a later split"
    return CheckResult(misplaced.empty, received, tuple(misplaced))


def vocabulary_coverage(table: Table, min_share: float) -> CheckResult:
    """Check the share of tokens of the later splits that occur in the training split.

    Args:
        table: Item table with `text`.
        min_share: Smallest share allowed, 0 to 1.
    """
    require_columns(table, "text", "split", "fault")
    sound = table[table["fault"] == ""]
    train, *later = SPLITS
    known = set(_tokens(sound, train))
    shares = {split: _share(_tokens(sound, split), known) for split in later}
    received = ", ".join(f"{share:.3f} in {split}" for split, share in shares.items())
    return CheckResult(all(share >= min_share for share in shares.values()), received)


def _tokens(table: Table, split: str) -> list[str]:
    texts = table.loc[table["split"] == split, "text"]
    return [
        token for text in texts for token in re.findall(TOKEN_PATTERN, text.lower())
    ]


def _share(tokens: list[str], known: set[str]) -> float:
    return sum(token in known for token in tokens) / len(tokens) if tokens else 0.0
