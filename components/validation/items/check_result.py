# SPDX-License-Identifier: Apache-2.0
"""What a question about an item table answers."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    Attributes:
        holds: Whether the table is as wanted.
        received: What it has, in words.
        item_ids: All failing items, where the question is about items.
    """

    holds: bool
    received: str
    item_ids: tuple[str, ...] = ()


def require(table: Any, *columns: str) -> None:
    """Refuse a table that lacks a column: then the question has no answer."""
    for column in columns:
        if column not in table:
            raise ValueError(f"the item table has no column {column!r}")
