# SPDX-License-Identifier: Apache-2.0
"""Numbers as text, alike in messages, verdicts and reports."""

import math
import re
from collections.abc import Iterable
from typing import Final

_YEARS: Final = (1000, 2999)
# In a header: year_built, Baujahr.
_YEAR_WORD: Final = re.compile(r"(?i)(^|[^a-z])(years?|yrs?)($|[^a-z])|jahr")


def format_number(value: float | int | None, digits: int = 4) -> str:
    """Format a number for readers: `60,000`, `0.9968`, `1.2e-07`.

    Args:
        value: The number; `None` and NaN become a dash.
        digits: Significant digits of a value that is not whole. Defaults to 4.
    """
    if value is None or math.isnan(value):
        return "\u2013"
    if math.isinf(value):
        return "\u221e" if value > 0 else "\u2212\u221e"
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        text = f"{int(value):,}"
    elif 1e-4 <= abs(value) < 1e6:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{min(decimals, digits)}f}"
    else:
        text = f"{value:.{digits - 1}g}"
    return text.replace("-", "\u2212", 1) if text.startswith("-") else text


def are_years(values: Iterable[float], name: str = "") -> bool:
    """Return whether numbers are shown as years, without a thousands mark.

    Args:
        values: Numbers of a column, or of an axis: all of them whole, and between 1000
            and 2999, or whole and of a column that is named after years.
        name: Name of the column. Defaults to none.
    """
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known or any(value != int(value) for value in known):
        return False
    low, high = _YEARS
    is_named = bool(_YEAR_WORD.search(name)) and max(map(abs, known)) < 10_000
    return bool(is_named or all(low <= value <= high for value in known))


def format_year(value: float | int | None) -> str:
    """Format a number as `format_number`, without a thousands mark: `1925`."""
    return format_number(value).replace(",", "")
