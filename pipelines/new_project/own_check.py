# SPDX-License-Identifier: Apache-2.0
"""The check of one's own in a new project: a class, and its line in the settings."""

from dataclasses import dataclass
from typing import Final

from components.core.errors import UsageError
from pipelines.new_data.inspection import Inspection

MODULE: Final = "mine.checks"
_NAME: Final = "own_check"
_PLACE: Final = "  expectations:\n"


@dataclass(frozen=True)
class OwnCheck:
    """A class over one of Great Expectations."""

    check: str
    """Its name."""

    base: str
    """The class that it specialises."""

    meaning: str
    """What it expects, in words."""

    column: str
    """Column of the item table."""

    argument: str
    """Its argument beside the column, as Python."""


def own_check(found: Inspection) -> OwnCheck:
    """Choose a check that holds for the data, on a column that they have.

    Args:
        found: The data.
    """
    columns = _numbers(found)
    if not columns:
        return OwnCheck(
            check="ExpectShortTexts",
            base="ExpectColumnValueLengthsToBeBetween",
            meaning="No value is longer than a line.",
            column=found.source_list.table.categories[0],  # type: ignore[union-attr]
            argument="max_value: int = 200",
        )
    return OwnCheck(
        check="ExpectNoNegativeNumber",
        base="ExpectColumnValuesToBeBetween",
        meaning="No number is below zero.",
        column=columns[0],
        argument="min_value: float = 0.0",
    )


def add_own_check(text: str, check: OwnCheck) -> str:
    """Add the check to the text of an expectations.yaml.

    Args:
        text: The file.
        check: The check.

    Raises:
        UsageError: If the file has no block of expectations on items.
    """
    if text.count(_PLACE) != 1:
        raise UsageError("expectations.yaml: expected one line 'expectations:'.")
    settings = (
        f"severity: warning, expectation: {MODULE}.{check.check}, "
        f"description: {check.meaning}"
    )
    line = f"    {_NAME}: {{{settings}}} # mine/checks.py\n"
    return text.replace(_PLACE, _PLACE + line)


def _numbers(found: Inspection) -> list[str]:
    """Columns of numbers, none of them below zero."""
    if found.kind.picture:
        return ["std"]
    if found.kind.text:
        return ["num_words"]
    table = found.source_list.table
    if table is None:
        return []
    smallest = {name: found.sound[name].min() for name in table.numbers}
    numbers = [name for name, least in smallest.items() if least >= 0]
    plain = [name for name in numbers if table.columns[name].kind == "number"]
    # A date, which is a number of days, only where there is no other column.
    return plain or ([] if table.categories else numbers)
