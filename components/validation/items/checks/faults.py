# SPDX-License-Identifier: Apache-2.0
"""Checks on faults, the reasons for which items are excluded from the examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.validation.check_settings import expect_share
from components.validation.items.check import (
    CheckResult,
    Expectation,
    ItemCheck,
    Table,
    describe_share,
    require_columns,
    table_check,
    values_in_set,
)


@dataclass(frozen=True)
class ItemsAreSound(ItemCheck):
    """Every item could be read."""

    max_faulty_share: float
    """Share of the items that may have a fault, 0 to 1; they are excluded anyway."""

    def __post_init__(self) -> None:
        expect_share("max_faulty_share", self.max_faulty_share)

    def wanted(self, classes: Sequence[str]) -> str:
        return f"{describe_share(self.max_faulty_share)} with a fault"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [values_in_set("fault", [""], self.max_faulty_share)]


@dataclass(frozen=True)
class FaultsAreRare(ItemCheck):
    """No reason for excluding items is frequent, and no unknown reason appears."""

    max_shares: Mapping[str, float]
    """Reason, as faults begin -> largest share of the items, 0 to 1."""

    max_other_share: float = 0.0
    """Largest share of the items that all other reasons may exclude together."""

    def __post_init__(self) -> None:
        for reason, share in {**self.max_shares, "other": self.max_other_share}.items():
            expect_share(f"share of {reason!r}", share)

    def wanted(self, classes: Sequence[str]) -> str:
        named = [f"{reason} <= {s:.3g}" for reason, s in self.max_shares.items()]
        other = f"any other <= {self.max_other_share:.3g} of the items"
        return ", ".join((*named, other))

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [
            table_check(
                faults_by_reason,
                max_shares=dict(self.max_shares),
                max_other_share=self.max_other_share,
            )
        ]


def faults_by_reason(
    table: Table, max_shares: Mapping[str, float], max_other_share: float
) -> CheckResult:
    """Check the share of the items that each reason excludes.

    Args:
        table: Item table.
        max_shares: Reason -> largest share of the items.
        max_other_share: Largest share of all other reasons together.
    """
    counts = count_faults(table)
    total = max(1, len(table))
    others = sum(n for reason, n in counts.items() if reason not in max_shares)
    too_many = {r for r, n in counts.items() if n > max_shares.get(r, 1) * total}
    if others > max_other_share * total:
        too_many |= set(counts) - set(max_shares)
    reasons = table["fault"].map(fault_reason)
    failing = table.loc[reasons.isin(too_many), "item_id"].sort_values()
    worded = ", ".join(f"{reason} {n:,}" for reason, n in counts.items()) or "no fault"
    received = f"{worded}, of {len(table):,} items"
    return CheckResult(not too_many, received, tuple(failing))


def count_faults(table: Table) -> dict[str, int]:
    """Count faulty items by reason, the most frequent first."""
    require_columns(table, "fault", "item_id")
    counts = table.loc[table["fault"] != "", "fault"].map(fault_reason).value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {str(reason): int(count) for reason, count in ordered}


def fault_reason(fault: str) -> str:
    """Return the reason of a fault without the details, which follow a colon."""
    return fault.partition(":")[0]
