# SPDX-License-Identifier: Apache-2.0
"""Pieces of Markdown of a model card."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

NOT_RECORDED: Final = "not recorded"


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Make a table; a value that is None or empty is shown as not recorded."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(value: Any) -> str:
    """Format a value for a cell of a table."""
    if value is None or value == "":
        return NOT_RECORDED
    if isinstance(value, float):
        value = f"{value:.6g}"
    # One line per row, and no cell that ends early.
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: Any) -> str:
    """Format a value as code."""
    return f"`{value}`" if value else NOT_RECORDED
