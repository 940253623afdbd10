# SPDX-License-Identifier: Apache-2.0
"""Rows of a table for its checks: the sound ones, by split, and shares of them.

`items_are_sound` counts the rows that are not sound.
"""

from collections.abc import Mapping

from components.contracts.splits import SPLITS
from components.contracts.table_layout import RESERVED_NAMES
from components.validation.check_settings import expect_share
from components.validation.items.check import Table, require_columns


def sound_rows(table: Table, *columns: str) -> Table:
    """Return the rows without a fault.

    Args:
        table: Item table.
        *columns: Columns that it must have.

    Raises:
        ValueError: The table lacks a column, or has no such row.
    """
    require_columns(table, "fault", "split", "item_id", *columns)
    rows = table[table["fault"] == ""]
    if rows.empty:
        raise ValueError("the item table has no sound row")
    return rows


def rows_by_split(rows: Table) -> list[tuple[str, Table]]:
    """Return the rows of each split that has some, training first."""
    found = ((split, rows[rows["split"] == split]) for split in SPLITS)
    return [(split, part) for split, part in found if len(part)]


def feature_columns(table: Table) -> list[str]:
    """Return the columns of an item table that are features of its rows."""
    return [str(name) for name in table.columns if name not in RESERVED_NAMES]


def is_number(table: Table, column: str) -> bool:
    """Whether a column holds numbers; dates are numbers of days."""
    return table[column].dtype.kind in "fiu"


def expect_shares(shares: Mapping[str, float], other: float) -> None:
    """Check that limits of named columns, and of all others, are shares.

    Raises:
        ValueError: One is not from 0 to 1.
    """
    for name, share in {**shares, "other columns": other}.items():
        expect_share(f"share of {name}", share)


def describe_shares(shares: Mapping[str, float], other: float) -> str:
    """Describe the limits of named columns and of all others."""
    named = [f"{name} <= {share:.3g}" for name, share in shares.items()]
    return ", ".join((*named, f"any other <= {other:.3g} of the rows"))


def describe_largest(shares: Mapping[tuple[str, str], float], word: str) -> str:
    """Describe the largest share by (column, split)."""
    (name, split), share = max(shares.items(), key=lambda pair: pair[1])
    return f"{word}: at most {share:.3g}, {name} in {split}" if share else f"{word}: 0"
