# SPDX-License-Identifier: Apache-2.0
"""Findings of the checks, and their form on the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from components.core.shortening import printable

Status = Literal["ok", "unknown", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    name: str
    """Name of the check."""

    status: Status
    """`error` if the project cannot run, `unknown` if it cannot be told from here."""

    observed: str
    """State of the machine, checkout or cluster, in a few words."""

    remedy: str = ""
    """How to fix it, a command where there is one; empty if all is well."""


def render(findings: Sequence[Finding]) -> str:
    """Format findings for the terminal: a line each, a remedy below its line."""
    lines = []
    for finding in findings:
        # What a server says may hold characters that steer a terminal.
        observed = printable(finding.observed)
        lines.append(f"{finding.status:<8} {finding.name:<12} {observed}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<12} -> {printable(finding.remedy)}")
    return "\n".join(lines)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 if an error must be fixed before the project can run, else 0."""
    return int(any(finding.status == "error" for finding in findings))
