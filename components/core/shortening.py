# SPDX-License-Identifier: Apache-2.0
"""Shortening of what a message quotes: a file from outside may hold anything."""

from collections.abc import Iterable
from typing import Final

_QUOTED: Final = 300
_LISTED: Final = 40


def shorten(text: str, limit: int = _QUOTED) -> str:
    """Cut the middle out of a text that is too long for a message.

    Args:
        text: The text.
        limit: Most characters that stay.
    """
    if len(text) <= limit:
        return text
    end = limit // 4
    left_out = len(text) - limit
    return f"{text[: limit - end]} ... ({left_out:,} characters) ... {text[-end:]}"


def quote(value: object) -> str:
    """Write a value as Python does, shortened."""
    return shorten(repr(value))


def printable(text: str) -> str:
    """Escape the characters that cannot be printed, or could make a terminal hide some.

    Among them are those of names that are not UTF-8.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def enumerate_names(names: Iterable[str]) -> str:
    """Join names for a message; of very many only the first."""
    every = list(names)
    shown = [shorten(name, 100) for name in every[:_LISTED]]
    more = len(every) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
