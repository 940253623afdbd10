# SPDX-License-Identifier: Apache-2.0
"""Numbers as text, alike in messages, verdicts and reports."""

import math


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
