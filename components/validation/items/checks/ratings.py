# SPDX-License-Identifier: Apache-2.0
"""Checks on ratings: values, doubles, times, users and titles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from components.contracts.features import ITEM, TARGET, TIME, TITLE, USER
from components.contracts.splits import SPLITS, TRAIN
from components.validation.check_settings import expect_known, expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_share,
    list_first,
    require_columns,
    table_check,
)
from components.validation.items.table_rows import sound_rows

# Ratings of which one is left out because the user gave another later.
_SUPERSEDED: Final = "rated again"


@dataclass(frozen=True)
class RatingsAreOnScale(ItemCheck):
    """Ratings are of the values that there are."""

    values: tuple[float, ...]
    """The ratings that there are."""

    max_other_share: float = 0.0
    """Share of the ratings that may have another value, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_other_share", self.max_other_share)

    def wanted(self, classes: Sequence[str]) -> str:
        listed = ", ".join(f"{value:g}" for value in self.values)
        return f"{describe_share(self.max_other_share)} rated otherwise than {listed}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {"values": list(self.values), "max_share": self.max_other_share}
        return [table_check(ratings_are_on_scale, **limits)]


@dataclass(frozen=True)
class RatingsAreUnique(ItemCheck):
    """No user rates an item twice; of doubles the later rating counts."""

    max_doubled_share: float = 0.0
    """Share of the ratings that may be of a pair that is there before, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_doubled_share", self.max_doubled_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"{describe_share(self.max_doubled_share)} rated twice by one user"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(ratings_are_unique, max_share=self.max_doubled_share)]


@dataclass(frozen=True)
class TimesArePast(ItemCheck):
    """No rating was given in the future."""

    latest: str = ""
    """The last day, as 1998-04-30. Defaults to the day of the check."""

    max_future_share: float = 0.0
    """Share of the ratings that may be of a later time, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_future_share", self.max_future_share)
        if self.latest:
            date.fromisoformat(self.latest)

    def wanted(self, classes: Sequence[str]) -> str:
        share = describe_share(self.max_future_share)
        return f"{share} after {self.latest or 'today'}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {"latest": self.latest, "max_share": self.max_future_share}
        return [table_check(times_are_past, **limits)]


@dataclass(frozen=True)
class UsersUseTheScale(ItemCheck):
    """Users give more than one value: one that is always the same says nothing."""

    max_share: float
    """Share of the users with `fewest` ratings or more that may give one value only, 0
    to 1."""

    fewest: int = 10
    """Ratings of a user from which one value is suspicious."""

    def __post_init__(self) -> None:
        expect_share("max_share", self.max_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return (
            f"at most {self.max_share:.3g} of the users with {self.fewest} ratings or "
            "more give one value only"
        )

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        limits = {"max_share": self.max_share, "fewest": self.fewest}
        return [table_check(users_use_the_scale, **limits)]


@dataclass(frozen=True)
class ItemsHaveTitles(ItemCheck):
    """What was rated has a title, for those who read a recommendation."""

    max_untitled_share: float
    """Share of the rated items that may have none, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_untitled_share", self.max_untitled_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at most {self.max_untitled_share:.3g} of what was rated has no title"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(items_have_titles, max_share=self.max_untitled_share)]


@dataclass(frozen=True)
class NoUserDominates(ItemCheck):
    """No single user gives a large share of all ratings."""

    max_share: float
    """Largest share of all ratings by one user, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_share", self.max_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"at most {self.max_share:.3g} of the ratings by one user"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(no_user_dominates, max_share=self.max_share)]


@dataclass(frozen=True)
class LaterSplitsAreLater(ItemCheck):
    """The ratings that a user gave for a later split are the later ones."""

    splits: tuple[str, ...] = SPLITS[1:]
    """Later splits; of a publisher's test set `[validation]` alone."""

    def __post_init__(self) -> None:
        expect_known(self.splits, SPLITS[1:], "unknown later split")

    def wanted(self, classes: Sequence[str]) -> str:
        return f"no user rates earlier in {' or '.join(self.splits)} than before it"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(later_splits_are_later, splits=list(self.splits))]


@dataclass(frozen=True)
class LaterRatingsAreKnown(ItemCheck):
    """Users and rated items of the later splits occur in the training split."""

    max_unknown_share: float
    """Share of the ratings of a later split whose user, or whose item, may be unknown,
    0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_unknown_share", self.max_unknown_share)

    def wanted(self, classes: Sequence[str]) -> str:
        share = f"{self.max_unknown_share:.3g}"
        return f"at most {share} of a later split by users or of items unknown"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(later_ratings_are_known, max_share=self.max_unknown_share)]


def ratings_are_on_scale(
    table: Table, values: Sequence[float], max_share: float
) -> CheckResult:
    """Check that ratings have known values; one that could not be read passes.

    Args:
        table: Item table.
        values: The ratings that there are.
        max_share: Share of the ratings that may have another one.
    """
    require_columns(table, TARGET, "item_id")
    other = table[table[TARGET].notna() & ~table[TARGET].isin(list(values))]
    found = [f"{value:g}" for value in dict.fromkeys(other[TARGET])]
    return _judge(table, other, max_share, f"rated {list_first(found) or 'as wanted'}")


def ratings_are_unique(table: Table, max_share: float) -> CheckResult:
    """Check that no user rates an item twice.

    Args:
        table: Item table.
        max_share: Share of the ratings that may be of a pair that is there before.
    """
    require_columns(table, USER, ITEM, "fault", "item_id")
    counted = (table["fault"] == "") | table["fault"].str.startswith(_SUPERSEDED)
    rows = table[counted]
    doubled = rows[rows.duplicated([USER, ITEM])]
    return _judge(table, doubled, max_share, "rated twice by one user")


def times_are_past(table: Table, latest: str, max_share: float) -> CheckResult:
    """Check that ratings have times of the past, those that are left out included.

    Args:
        table: Item table.
        latest: The last day; "" for the day of the check.
        max_share: Share of the ratings that may be of a later time.
    """
    require_columns(table, TIME, "item_id")
    today = datetime.now(UTC).date()
    day = date.fromisoformat(latest) if latest else today
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    future = table[table[TIME] >= end.timestamp()]
    return _judge(table, future, max_share, f"after {day}")


def users_use_the_scale(table: Table, max_share: float, fewest: int) -> CheckResult:
    """Check that few users give one value only.

    Args:
        table: Item table.
        max_share: Share of the users that may.
        fewest: Ratings of a user who counts.
    """
    rows = sound_rows(table, USER, TARGET)
    by_user = rows.groupby(USER)[TARGET]
    active = by_user.size()[by_user.size() >= fewest].index
    alike = by_user.nunique()[active] == 1
    users = list(alike[alike].index)
    passed = len(users) <= max_share * max(1, len(active))
    named = f": {list_first(users)}" if users else ""
    received = f"{len(users):,} of {len(active):,} users{named}"
    ids = rows.loc[rows[USER].isin(users), "item_id"]
    return CheckResult(passed, received, () if passed else tuple(ids))


def items_have_titles(table: Table, max_share: float) -> CheckResult:
    """Check that what was rated has a title.

    Args:
        table: Item table.
        max_share: Share of the rated items that may have none.
    """
    rows = sound_rows(table, ITEM, TITLE)
    titles = rows.groupby(ITEM)[TITLE].max()
    missing = list(titles[titles == ""].index)
    passed = len(missing) <= max_share * len(titles)
    named = f": {list_first(missing)}" if missing else ""
    received = f"{len(missing):,} of {len(titles):,} without a title{named}"
    ids = rows.loc[rows[ITEM].isin(missing), "item_id"]
    return CheckResult(passed, received, () if passed else tuple(ids))


def no_user_dominates(table: Table, max_share: float) -> CheckResult:
    """Check the share of the most active user.

    Args:
        table: Item table.
        max_share: Largest share of all ratings.
    """
    rows = sound_rows(table, USER)
    counts = rows[USER].value_counts()
    share = float(counts.iloc[0] / len(rows))
    received = f"user {counts.index[0]}: {share:.3g} of {len(rows):,} ratings"
    return CheckResult(share <= max_share, received)


def later_splits_are_later(table: Table, splits: Sequence[str]) -> CheckResult:
    """Check that splits follow each other in time, for each user.

    Args:
        table: Item table.
        splits: The later splits that are checked.
    """
    rows = sound_rows(table, USER, TIME)
    failing: list[str] = []
    for split in splits:
        before = rows[rows["split"].isin(SPLITS[: SPLITS.index(split)])]
        last = before.groupby(USER)[TIME].max()
        part = rows[rows["split"] == split]
        early = part[part[TIME] < part[USER].map(last)]
        failing += list(early["item_id"])
    received = f"{len(failing):,} ratings earlier than one of a split before"
    return CheckResult(not failing, received, tuple(failing))


def later_ratings_are_known(table: Table, max_share: float) -> CheckResult:
    """Check that users and items of later splits occur in training.

    Args:
        table: Item table.
        max_share: Share of the ratings of a split that may have unknown ones.
    """
    rows = sound_rows(table, USER, ITEM)
    train = rows[rows["split"] == TRAIN]
    failing: list[str] = []
    shares = {}
    for split in SPLITS[1:]:
        part = rows[rows["split"] == split]
        known = part[USER].isin(set(train[USER])) & part[ITEM].isin(set(train[ITEM]))
        if len(part):
            shares[split] = float((~known).mean())
            failing += list(part.loc[~known, "item_id"])
    received = ", ".join(f"{share:.3g} in {split}" for split, share in shares.items())
    passed = all(share <= max_share for share in shares.values())
    return CheckResult(passed, received, () if passed else tuple(failing))


def _judge(table: Table, failing: Table, max_share: float, words: str) -> CheckResult:
    passed = len(failing) <= max_share * len(table)
    received = f"{len(failing):,} of {len(table):,} {words}"
    return CheckResult(passed, received, () if passed else tuple(failing["item_id"]))
