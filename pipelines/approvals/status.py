# SPDX-License-Identifier: Apache-2.0
"""Whether somebody stands for the limits of a data set, and how one comes to do so."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.core.errors import UsageError
from components.core.files import write_text
from pipelines.approvals.limits import Limits, read_limits
from pipelines.approvals.record import (
    APPROVALS_FILE,
    Approval,
    Approvals,
    LimitChange,
    approvals_text,
    find_changes,
    read_approvals,
)


@dataclass(frozen=True)
class LimitStatus:
    """Whether somebody stands for the limits of a data set, and what was changed."""

    dataset: str
    """The data set."""

    num_limits: int
    """Number of limits."""

    learned_when: str
    """When they were learned."""

    learned_from: str
    """Checksum of the data that they were learned from."""

    approvals: tuple[Approval, ...]
    """Approvals with their changes, in order of time."""

    pending: tuple[LimitChange, ...]
    """Changes that nobody has approved."""

    @property
    def is_provisional(self) -> bool:
        """Whether nobody has approved the limits as they are."""
        return not self.approvals or bool(self.pending)

    @property
    def text(self) -> str:
        """The status in a sentence."""
        learned = (
            f"{self.num_limits} limits were learned from the data "
            f"{self.learned_from[:12]} on {self.learned_when[:10]}"
        )
        if not self.approvals:
            return f"Provisional: {learned}, and nobody has approved them."
        last = self.approvals[-1]
        approved = f"approved by {last.who} on {last.when[:10]}: {last.reason}"
        if not self.pending:
            return f"{learned}, and {approved}"
        count = len(self.pending)
        are = "limit is" if count == 1 else "limits are"
        return f"Provisional: {count} {are} not as {approved}"

    @property
    def provisional(self) -> tuple[str, ...]:
        """What nobody has approved, in words; nothing if all is."""
        if not self.is_provisional:
            return ()
        return (
            self.text,
            *(f"{change.text} (not approved)" for change in self.pending),
        )

    @property
    def waived(self) -> tuple[str, ...]:
        """Limits that were removed or lowered, in words."""
        return tuple(
            f"{change.text} ({_by(approval)})"
            for change, approval in self.changes
            if change.is_waived
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The status, each approval and each change in words."""
        changed = (f"{c.text} ({_by(approval)})" for c, approval in self.changes)
        approved = (
            f"approved by {a.who} on {a.when}: {a.reason}" for a in self.approvals
        )
        return (self.text, *approved, *changed)

    @property
    def changes(self) -> Iterator[tuple[LimitChange, Approval | None]]:
        """Each change with its approval; None for one without."""
        for approval in self.approvals:
            yield from ((change, approval) for change in approval.changes)
        yield from ((change, None) for change in self.pending)


def limit_status(
    root: Path, dataset: str, limits: Limits | None = None
) -> LimitStatus | None:
    """Compare the limits of a data set with those learned and approved.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
        limits: The limits. Defaults to those of its files.

    Returns:
        None for curated limits.
    """
    approvals = read_approvals(root, dataset)
    if approvals is None:
        return None
    current = limits or read_limits(root, dataset)
    return LimitStatus(
        dataset=dataset,
        num_limits=len(current),
        learned_when=approvals.learned.when,
        learned_from=approvals.learned.content_sha256,
        approvals=approvals.approvals,
        pending=find_changes(approvals.approved, current),
    )


def learned_limits(root: Path, dataset: str) -> dict[str, Any]:
    """Read the limits of a data set whose limits were learned; empty for a curated one.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
    """
    is_learned = (root / "data" / dataset / APPROVALS_FILE).exists()
    return read_limits(root, dataset) if is_learned else {}


def approve(root: Path, dataset: str, who: str, reason: str, when: str) -> Approval:
    """Add an approval of all limits as they are.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
        who: Name of the user.
        reason: Why.
        when: Time in UTC.

    Raises:
        UsageError: If the limits are curated, or approved as they are.
    """
    approvals = read_approvals(root, dataset)
    if approvals is None:
        raise UsageError(
            f"{dataset!r} has no limits to approve: they are curated, not learned from "
            f"the data (there is no data/{dataset}/{APPROVALS_FILE})."
        )
    changes = find_changes(approvals.approved, read_limits(root, dataset))
    if approvals.approvals and not changes:
        last = approvals.approvals[-1]
        raise UsageError(
            f"the limits of {dataset!r} are approved as they are, by {last.who} on "
            f"{last.when}: {last.reason}\nNothing has changed since."
        )
    approval = Approval(when, who, reason, changes)
    added = Approvals(approvals.learned, (*approvals.approvals, approval))
    path = root / "data" / dataset / APPROVALS_FILE
    write_text(path, approvals_text(dataset, added))
    return approval


def _by(approval: Approval | None) -> str:
    return f"by {approval.who}, {approval.when}" if approval else "not approved"
