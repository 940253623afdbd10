# SPDX-License-Identifier: Apache-2.0
"""Base class of the checks on items, and the values that they are made of.

The settings are read on the command line, so neither pandas nor Great Expectations is
imported here or in `checks/`: a check names its expectations as plain data.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from components.core.number_format import are_years, format_number, format_year
from components.validation.check_settings import CheckSettings

# Types only: pandas takes half a second to import.
if TYPE_CHECKING:
    import pandas as pd

Table: TypeAlias = "pd.DataFrame"

_CLASSES_LISTED: Final = 12
_PHRASES_LISTED: Final = 5


@dataclass(frozen=True)
class Expectation:
    """One expectation of Great Expectations, as plain data."""

    type: str
    """Name of a class of `great_expectations.expectations`, or `ExpectTableCheck`."""

    kwargs: Mapping[str, Any]
    """Arguments of the class, without `severity`, `description` and `meta`."""


@dataclass(frozen=True)
class CheckResult:
    """Result of a table check, a function over the whole item table."""

    passed: bool

    received: str
    """Observed values, in words."""

    item_ids: tuple[str, ...] = ()
    """All failing items, where the check is about items."""


@dataclass(frozen=True)
class ItemCheck(CheckSettings, ABC):
    """A check on the item table: its limits, and the expectations that test them.

    The name of the class in snake case is the key of `expectations.yaml`, and the name
    of the check in reports and refusals.
    """

    needs_classes: ClassVar[bool] = False
    """Whether the check is about classes, which a data set without labels has not."""

    @property
    def columns(self) -> Sequence[str]:
        """Features that the settings of the check name."""
        return ()

    @property
    def modules(self) -> Sequence[str]:
        """Modules that the check runs; the cache key covers their source."""
        return (type(self).__module__,)

    @classmethod
    def name(cls) -> str:
        """Return the key of the check in `expectations.yaml`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @abstractmethod
    def wanted(self, classes: Sequence[str]) -> str:
        """Describe the limits in words.

        Args:
            classes: Labels that may occur.
        """

    @abstractmethod
    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        """Return the expectations that must all be met.

        Args:
            classes: Labels that may occur.
        """


def table_check(check: Callable[..., CheckResult], **limits: Any) -> Expectation:
    """Expect a function over the whole table to pass.

    Args:
        check: Module-level function of the table and of the limits.
        limits: Keyword arguments of the function; values that JSON can hold.
    """
    path = f"{check.__module__}.{check.__name__}"
    return Expectation("ExpectTableCheck", {"check": path, "limits": limits})


def values_in_set(column: str, values: Sequence[str], tolerated: float) -> Expectation:
    """Expect the values of a column to be in a set.

    Args:
        column: Name of the column.
        values: Allowed values.
        tolerated: Share of the items that may have another value, 0 to 1.
    """
    return Expectation(
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": list(values), "mostly": 1 - tolerated},
    )


def values_between(ranges: Mapping[str, tuple[float, float]]) -> list[Expectation]:
    """Expect the values of each column to lie in a range, its ends included.

    Args:
        ranges: Column -> smallest and largest value.
    """
    return [
        Expectation(
            "ExpectColumnValuesToBeBetween",
            {"column": column, "min_value": low, "max_value": high},
        )
        for column, (low, high) in ranges.items()
    ]


def describe_share(share: float) -> str:
    """Word the share of items that may fail."""
    return f"at most {share:.3g} of the items" if share else "no item"


def describe_ranges(ranges: Mapping[str, tuple[float, float]]) -> str:
    """Word the range of each name: `width 16 to 8,000, channels 1`."""
    return ", ".join(f"{name} {_range(*ends)}" for name, ends in ranges.items())


def describe_names(names: Sequence[str]) -> str:
    """List class names, or count them if they are many."""
    if len(names) > _CLASSES_LISTED:
        return f"the {len(names)} classes"
    return ", ".join(names)


def list_first(phrases: Sequence[str]) -> str:
    """List the first of some phrases, and count the others."""
    more = len(phrases) - _PHRASES_LISTED
    named = ", ".join(phrases[:_PHRASES_LISTED])
    return f"{named} and {more} more" if more > 0 else named


def require_columns(table: Table, *columns: str) -> None:
    """Raise ValueError if the table lacks a column: the check then cannot run."""
    for column in columns:
        if column not in table:
            raise ValueError(f"the item table has no column {column!r}")


def _range(low: float, high: float) -> str:
    show = format_year if are_years((low, high)) else format_number
    first, last = show(low), show(high)
    return first if low == high else f"{first} to {last}"
