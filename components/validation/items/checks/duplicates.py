# SPDX-License-Identifier: Apache-2.0
"""Checks on duplicates: identifiers, and content or groups that leak between splits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    require_columns,
    table_check,
)

_KEY_NAMES: Final = {"content_sha256": "contents", "group": "groups"}


@dataclass(frozen=True)
class ItemIdsUnique(ItemCheck):
    """No two items have the same identifier."""

    def wanted(self, classes: Sequence[str]) -> str:
        return "every identifier once"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [Expectation("ExpectColumnValuesToBeUnique", {"column": "item_id"})]


@dataclass(frozen=True)
class NoContentSharedAcrossSplits(ItemCheck):
    """No leakage: neither equal items nor items of one group are in two splits."""

    def wanted(self, classes: Sequence[str]) -> str:
        return "each content and each group in one split only"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [table_check(key_in_one_split, column=key) for key in _KEY_NAMES]


def key_in_one_split(table: Table, column: str) -> CheckResult:
    """Check that all sound items with an equal key are in one split.

    Args:
        table: Item table.
        column: Column of the key: `content_sha256` or `group`; "" is no key.
    """
    require_columns(table, column, "split", "item_id")
    # A faulty item is in no split: it may be excluded for this very reason.
    sound = table[table["fault"] == ""] if "fault" in table else table
    pairs = sound.loc[sound[column] != "", [column, "split"]].drop_duplicates()
    shared = pairs.loc[pairs[column].duplicated(), column].unique()
    failing = sound[sound[column].isin(shared)].sort_values([column, "item_id"])
    received = f"shared {_KEY_NAMES.get(column, column)}: {len(shared):,}"
    return CheckResult(not len(shared), received, tuple(failing["item_id"]))
