# SPDX-License-Identifier: Apache-2.0
"""Values of a table as text: numbers, and dates as numbers of days."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

# The largest number of a tf.Example, which is of single precision.
LARGEST: Final = 3.4028234e38
# Formats of dates without a `format` that no other of these could be meant by.
PLAIN_FORMATS: Final = ("%Y/%m/%d", "%d.%m.%Y", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M")
# Formats that only a column as a whole can tell from each other: 01/02/2020.
COLUMN_FORMATS: Final = (
    *("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%y"),
    *("%d/%m/%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y"),
)

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# `fromisoformat` also reads 20200131 and 2020-W05, which are rather numbers and texts.
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d.*)?", re.ASCII)
_LONGEST: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_PER_DAY: Final = 86_400


def parse_number(text: str, decimal: str = ".") -> float:
    """Read a number: digits, decimal mark, exponent, and nothing else.

    Args:
        text: The number, without spaces around it.
        decimal: Decimal mark of the file. Defaults to a point.

    Raises:
        ValueError: It is none, or is none of single precision.
    """
    written = text
    if decimal != ".":
        # So that 1.234 is refused where the comma is the mark, not taken for another.
        written = text.translate(str.maketrans(decimal + ".", "." + decimal))
    if len(text) > _LONGEST or not _NUMBER.fullmatch(written):
        raise ValueError(f"expected a number. Received {text[:_LONGEST]!r}.")
    return as_number(float(written))


def as_number(value: float) -> float:
    """Return a number that a tf.Example can hold, a negative zero as zero.

    Raises:
        ValueError: It is infinite, not a number, or too large for single precision.
    """
    number = float(value) + 0.0
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError(f"expected a number below {LARGEST:.1e}. Received {value}.")
    return number


def as_text(value: object) -> str:
    """Return a value as the text of a category.

    A whole number is written without a point: pandas writes those of a column with
    missing values as floats.
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse_date(text: str, date_format: str = "") -> float:
    """Read a day, or a day with a time, as a number of days since 1970-01-01.

    A time without a zone counts as UTC.

    Args:
        text: The date, without spaces around it.
        date_format: How it is written, as `datetime.strptime` takes it. Defaults to ISO
            8601 or one of `PLAIN_FORMATS`.

    Raises:
        ValueError: It is no date of that format.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"expected a date. Received {text[:_LONGEST]!r}.")
    if date_format:
        return as_days(datetime.strptime(text, date_format))
    if _ISO.fullmatch(text):
        return as_days(datetime.fromisoformat(text))
    for known in PLAIN_FORMATS:
        try:
            return as_days(datetime.strptime(text, known))
        except ValueError:
            continue
    raise ValueError(f"expected a date such as 2020-01-31. Received {text!r}.")


def as_days(value: date) -> float:
    """Return a day, or a time, as a number of days since 1970-01-01."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return (value - _EPOCH).total_seconds() / _SECONDS_PER_DAY


def write_date(days: float) -> str:
    """Write a number of days since 1970-01-01 as ISO 8601, the inverse of `as_days`.

    Args:
        days: The number; a part of a day is rounded to seconds.

    Returns:
        The day, or the day with its time of UTC.

    Raises:
        OverflowError: The year would have more than four digits, or be before 1.

    Example:
        >>> write_date(18262.5)
        '2020-01-01T12:00:00'
    """
    moment = _EPOCH + timedelta(seconds=round(days * _SECONDS_PER_DAY))
    return moment.replace(tzinfo=None).isoformat().removesuffix("T00:00:00")


def find_date_format(texts: Iterable[str]) -> str | None:
    """Find the format in which all texts are dates.

    Args:
        texts: The values of a column that are not missing.

    Returns:
        "" if they need no format, one of `COLUMN_FORMATS`, or None if some are no
        dates, or there are no texts at all. If a day and a month could be exchanged in
        every text, the month is taken to come first.
    """
    values = list(texts)
    if not values:
        return None
    for date_format in ("", *COLUMN_FORMATS):
        if all(_is_date(text, date_format) for text in values):
            return date_format
    return None


def _is_date(text: str, date_format: str) -> bool:
    try:
        parse_date(text, date_format)
    except ValueError:
        return False
    return True
